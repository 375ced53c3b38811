package dev.quern.onnx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// Which families have rows of an operator: the file `operators.index`, which is made from the rows; a test says when
/// it is stale. A line is a family and its operators, each `domain:name`.
final class OperatorIndex {
    static final String FILE = "operators.index";

    private static final Map<String, List<OperatorFamily>> FAMILIES = read();

    private OperatorIndex() {}

    /// The families with rows of `domain:name`; none where no row is known.
    static List<OperatorFamily> families(String operator) {
        return FAMILIES.getOrDefault(operator, List.of());
    }

    private static Map<String, List<OperatorFamily>> read() {
        Map<String, List<OperatorFamily>> families = new HashMap<>();
        try (InputStream in = Objects.requireNonNull(OperatorIndex.class.getResourceAsStream(FILE))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] words = line.split(" ");
                List<OperatorFamily> family = List.of(OperatorFamily.valueOf(words[0]));
                for (int i = 1; i < words.length; i++) {
                    families.merge(words[i], family, OperatorIndex::both);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the index of operators cannot be read", e);
        }
        return families;
    }

    private static List<OperatorFamily> both(List<OperatorFamily> a, List<OperatorFamily> b) {
        return Stream.concat(a.stream(), b.stream()).toList();
    }

    /// What the file has to say.
    static String text() {
        StringBuilder text = new StringBuilder();
        for (OperatorFamily family : OperatorFamily.values()) {
            text.append(family);
            family.rows().stream()
                    .map(r -> r.domain() + ":" + r.name())
                    .distinct()
                    .sorted()
                    .forEach(o -> text.append(' ').append(o));
            text.append('\n');
        }
        return text.toString();
    }
}
