package dev.quern.cli;

import dev.quern.onnx.OperatorUse;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the passing cases say about one operator; one line of `conformance/operators.txt`.
///
/// @param domain `ai.onnx` written out
/// @param own passing cases of which it is the only node
/// @param others passing cases in which it is one of several nodes
/// @param types of its operands in the first
/// @param runs what became of it in the first
record OperatorRecord(
        String domain, String name, int own, int others, Set<String> types, Set<Place> runs, Flow gradient) {

    /// Where something runs.
    enum Place {
        KERNELS,
        HOST
    }

    /// Whether gradients flow from a float operand to a float result.
    enum Flow {
        NO_FLOATS,
        NO,
        YES
    }

    static OperatorRecord none(String domain, String name) {
        return new OperatorRecord(domain, name, 0, 0, Set.of(), Set.of(), Flow.NO_FLOATS);
    }

    /// What one passing case says about each operator in it.
    static Collection<OperatorRecord> of(Collection<OperatorUse> uses, Set<Place> runs, Flow gradient) {
        Map<String, OperatorRecord> records = new HashMap<>();
        for (OperatorUse u : uses) {
            OperatorRecord r = u.isAlone()
                    ? new OperatorRecord(u.domain(), u.name(), 1, 0, u.types(), runs, gradient)
                    : new OperatorRecord(u.domain(), u.name(), 0, 1, Set.of(), Set.of(), Flow.NO_FLOATS);
            records.put(r.key(), r);
        }
        return records.values();
    }

    String key() {
        return domain + " " + name;
    }

    OperatorRecord and(OperatorRecord more) {
        return new OperatorRecord(
                domain,
                name,
                own + more.own,
                others + more.others,
                union(types, more.types),
                union(runs, more.runs),
                gradient.compareTo(more.gradient) >= 0 ? gradient : more.gradient);
    }

    private static <T> Set<T> union(Set<T> a, Set<T> b) {
        Set<T> all = new TreeSet<>(a);
        all.addAll(b);
        return all;
    }

    /// As in `ai.onnx Add 14 230 kernels yes f32,f64`.
    String line() {
        return String.join(
                " ",
                domain,
                name,
                String.valueOf(own),
                String.valueOf(others),
                joined(runs, p -> p.name().toLowerCase(Locale.ROOT)),
                gradient.name().toLowerCase(Locale.ROOT),
                joined(types, t -> t));
    }

    static OperatorRecord parse(String line) {
        String[] word = line.split(" ");
        return new OperatorRecord(
                word[0],
                word[1],
                Integer.parseInt(word[2]),
                Integer.parseInt(word[3]),
                split(word[6], t -> t),
                split(word[4], p -> Place.valueOf(p.toUpperCase(Locale.ROOT))),
                Flow.valueOf(word[5].toUpperCase(Locale.ROOT)));
    }

    private static <T extends Comparable<T>> String joined(Set<T> all, Function<T, String> spell) {
        return all.isEmpty()
                ? "-"
                : all.stream().sorted(Comparator.naturalOrder()).map(spell).collect(Collectors.joining(","));
    }

    private static <T> Set<T> split(String word, Function<String, T> read) {
        return word.equals("-")
                ? Set.of()
                : Arrays.stream(word.split(",")).map(read).collect(Collectors.toCollection(TreeSet::new));
    }
}
