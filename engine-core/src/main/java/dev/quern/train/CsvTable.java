package dev.quern.train;

import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// A comma-separated table with a header line (RFC 4180): cells as text, until they are asked for as numbers.
record CsvTable(String name, List<String> header, List<List<String>> rows) {

    /// A label column: its values, and the words they stand for if it holds words.
    record Label(Tensor values, List<String> classes) {}

    static CsvTable read(Path file) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new DataException(file + ": is not text in UTF-8", e);
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
        }
        List<List<String>> lines = parse(text);
        if (lines.size() < 2) {
            throw new DataException(file + ": needs a header line and at least one row");
        }
        List<String> header = lines.getFirst();
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).size() != header.size()) {
                throw new DataException(
                        file + ": row " + i + " has " + lines.get(i).size() + " cells, the header " + header.size());
            }
        }
        return new CsvTable(file.toString(), header, lines.subList(1, lines.size()));
    }

    private static List<List<String>> parse(String text) {
        List<List<String>> lines = new ArrayList<>();
        List<String> line = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (quoted || (c != ',' && c != '\n' && c != '\r')) {
                cell.append(c);
            } else if (c != '\r') {
                line.add(cell.toString().strip());
                cell.setLength(0);
                if (c == '\n') {
                    addUnlessBlank(lines, line);
                    line = new ArrayList<>();
                }
            }
        }
        line.add(cell.toString().strip());
        addUnlessBlank(lines, line);
        return lines;
    }

    private static void addUnlessBlank(List<List<String>> lines, List<String> line) {
        if (line.size() > 1 || !line.getFirst().isEmpty()) {
            lines.add(line);
        }
    }

    private int column(String wanted) {
        int at = header.indexOf(wanted);
        if (at < 0) {
            throw new DataException(name + ": has no column \"" + wanted + "\"; it has " + header);
        }
        return at;
    }

    /// Every column but one, as f32[rows, columns].
    Tensor numbersWithout(String label) {
        int skipped = column(label);
        int width = header.size() - 1;
        float[] values = new float[rows.size() * width];
        int at = 0;
        for (int r = 0; r < rows.size(); r++) {
            for (int c = 0; c < header.size(); c++) {
                if (c != skipped) {
                    values[at++] = number(r, c);
                }
            }
        }
        return Tensor.of(values, rows.size(), width);
    }

    private float number(int row, int column) {
        String cell = rows.get(row).get(column);
        try {
            return Float.parseFloat(cell);
        } catch (NumberFormatException e) {
            throw new DataException(
                    name + ": row " + (row + 1) + ", column \"" + header.get(column) + "\": \"" + cell
                            + "\" is no number",
                    e);
        }
    }

    Label label(String wanted) {
        int column = column(wanted);
        List<String> cells = rows.stream().map(r -> r.get(column)).toList();
        if (cells.stream().allMatch(c -> c.matches("[+-]?\\d{1,18}"))) {
            long[] whole = cells.stream().mapToLong(Long::parseLong).toArray();
            return new Label(Tensor.of(whole, whole.length), List.of());
        }
        if (cells.stream().allMatch(CsvTable::isNumber)) {
            float[] numbers = new float[cells.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = number(i, column);
            }
            return new Label(Tensor.of(numbers, numbers.length, 1), List.of());
        }
        List<String> classes = List.copyOf(new TreeSet<>(cells));
        long[] indices = cells.stream().mapToLong(classes::indexOf).toArray();
        return new Label(Tensor.of(indices, indices.length), classes);
    }

    private static boolean isNumber(String cell) {
        try {
            Float.parseFloat(cell);
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
