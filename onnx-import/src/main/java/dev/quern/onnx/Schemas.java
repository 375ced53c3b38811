package dev.quern.onnx;

import dev.quern.onnx.Schema.Attribute;
import dev.quern.onnx.Schema.Count;
import dev.quern.onnx.Schema.Formal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The history of the standard's operators: every version of every operator of ai.onnx, ai.onnx.ml and the preview
/// domains, and those of com.microsoft. Read from `schemas.txt`, which `tools/fixtures/make_schemas.py` makes.
final class Schemas {
    private static final String RESOURCE = "schemas.txt";

    private Schemas() {}

    /// Read on first use.
    private static final class Holder {
        private static final Map<String, List<Schema>> BY_NAME = read();
    }

    /// The forms of each operator, newest first, by domain and name.
    static Collection<List<Schema>> all() {
        return Holder.BY_NAME.values();
    }

    /// All forms of an operator, newest first; none where it is not known.
    ///
    /// @param domain empty for ai.onnx
    static List<Schema> forms(String domain, String name) {
        return Holder.BY_NAME.getOrDefault(key(domain, name), List.of());
    }

    /// The form of an operator at opset `version` of its domain, deprecated ones included.
    ///
    /// @param domain empty for ai.onnx
    static Optional<Schema> at(String domain, String name, long version) {
        return forms(domain, name).stream().filter(s -> s.since() <= version).findFirst();
    }

    private static String key(String domain, String name) {
        return domain + ":" + name;
    }

    private static Map<String, List<Schema>> read() {
        Map<String, List<Schema>> byName =
                new TreeMap<>(String.CASE_INSENSITIVE_ORDER.thenComparing(Comparator.naturalOrder()));
        text().lines()
                .filter(line -> !line.startsWith("#"))
                .map(Schemas::schema)
                .forEach(s -> byName.computeIfAbsent(key(s.domain(), s.name()), k -> new ArrayList<>())
                        .addFirst(s));
        byName.replaceAll((name, forms) -> List.copyOf(forms));
        return Collections.unmodifiableMap(byName);
    }

    private static String text() {
        try (InputStream in = Schemas.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing beside " + Schemas.class);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Schema schema(String line) {
        List<List<String>> parts =
                Stream.of(line.split("\\|", -1)).map(Schemas::words).toList();
        List<String> head = parts.getFirst();
        Map<String, Set<String>> constraints = new LinkedHashMap<>();
        for (String c : parts.get(3)) {
            int at = c.indexOf('=');
            constraints.put(c.substring(0, at), Set.of(c.substring(at + 1).split(",")));
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (String a : parts.get(4)) {
            Attribute attribute = attribute(a);
            attributes.put(attribute.name(), attribute);
        }
        return new Schema(
                OperatorTable.canonical(head.getFirst()),
                head.get(1),
                Integer.parseInt(head.get(2)),
                head.contains("deprecated"),
                head.contains("function"),
                parts.get(1).stream().map(Schemas::formal).toList(),
                parts.get(2).stream().map(Schemas::formal).toList(),
                Collections.unmodifiableMap(constraints),
                Collections.unmodifiableMap(attributes));
    }

    private static List<String> words(String part) {
        return part.isBlank() ? List.of() : List.of(part.strip().split(" "));
    }

    private static Formal formal(String word) {
        boolean alike = !word.endsWith("~");
        String marked = alike ? word : word.substring(0, word.length() - 1);
        Count count = switch (marked.charAt(marked.length() - 1)) {
            case '?' -> Count.OPTIONAL;
            case '*' -> Count.ANY;
            case '+' -> Count.AT_LEAST_ONE;
            default -> Count.ONE;
        };
        int end = count == Count.ONE ? marked.length() : marked.length() - 1;
        int colon = marked.indexOf(':');
        return new Formal(marked.substring(0, colon), marked.substring(colon + 1, end), count, alike);
    }

    private static Attribute attribute(String word) {
        int colon = word.indexOf(':');
        int equals = word.indexOf('=', colon);
        String kind = word.substring(colon + 1, equals < 0 ? word.length() : equals);
        boolean required = kind.endsWith("!");
        return new Attribute(
                word.substring(0, colon),
                required ? kind.substring(0, kind.length() - 1) : kind,
                required,
                equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1)));
    }
}
