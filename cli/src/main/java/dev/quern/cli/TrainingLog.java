package dev.quern.cli;

import dev.quern.session.ModelException;
import dev.quern.train.Progress;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The log of a training: one row a step, `step,epoch,loss,lr,seconds`, each written when the step is done.
///
/// A resumed training goes on in the same file: rows of steps that it does again (those after its checkpoint) are
/// dropped, so the log of a training that was broken off and resumed has the rows of an unbroken one.
final class TrainingLog implements AutoCloseable {
    private static final String HEADER = "step,epoch,loss,lr,seconds";

    private final Path file;
    private double secondsBefore;
    private @Nullable BufferedWriter out;

    private TrainingLog(Path file) {
        this.file = file;
    }

    /// A log that begins with the first step.
    static TrainingLog fresh(Path file) throws IOException {
        TrainingLog log = new TrainingLog(file);
        log.begin(List.of());
        return log;
    }

    /// A log that goes on with the step after a checkpoint; which one that is, its first row tells.
    static TrainingLog resumed(Path file) {
        return new TrainingLog(file);
    }

    /// Writes the row of a step.
    void write(Progress p) {
        try {
            BufferedWriter to = out != null ? out : begin(rowsBefore(p.step()));
            to.write(String.format(
                    Locale.ROOT,
                    "%d,%d,%s,%s,%.3f%n",
                    p.step(),
                    p.epoch(),
                    (float) p.loss(),
                    p.learningRate(),
                    secondsBefore + p.seconds()));
            to.flush();
        } catch (IOException e) {
            throw new ModelException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private BufferedWriter begin(List<String> rows) throws IOException {
        BufferedWriter to = Files.newBufferedWriter(file);
        out = to;
        to.write(HEADER + System.lineSeparator());
        for (String row : rows) {
            to.write(row + System.lineSeparator());
        }
        if (!rows.isEmpty()) {
            String last = rows.getLast();
            secondsBefore = Double.parseDouble(last.substring(last.lastIndexOf(',') + 1));
        }
        return to;
    }

    /// The rows that the file has for earlier steps; a row that was not written to its end is none.
    private List<String> rowsBefore(long step) throws IOException {
        return !Files.exists(file)
                ? List.of()
                : Files.readAllLines(file).stream()
                        .filter(row -> row.matches("\\d+,\\d+,[^,]+,[^,]+,\\d+\\.\\d{3}"))
                        .filter(row -> Long.parseLong(row.substring(0, row.indexOf(','))) < step)
                        .toList();
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
    }
}
