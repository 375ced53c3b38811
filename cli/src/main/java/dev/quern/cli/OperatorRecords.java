package dev.quern.cli;

import dev.quern.graph.Graph;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.onnx.OperatorUse;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What passing cases say about operators: gathered by `quern conformance --operators`, read by `quern operators`.
final class OperatorRecords {
    private static final String HEADER =
            "# domain operator cases-of-its-own cases-with-it runs gradient types; written by quern conformance --operators";

    private final Map<String, OperatorRecord> records = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    static OperatorRecords read(Path file) throws IOException {
        OperatorRecords all = new OperatorRecords();
        try (Stream<String> lines = Files.lines(file)) {
            lines.filter(l -> !l.startsWith("#")).map(OperatorRecord::parse).forEach(all::add);
        }
        return all;
    }

    void write(Path file) throws IOException {
        Stream<String> lines = records.values().stream().map(OperatorRecord::line);
        Files.write(file, Stream.concat(Stream.of(HEADER), lines).toList());
    }

    OperatorRecord of(String domain, String name) {
        return records.getOrDefault(domain + " " + name, OperatorRecord.none(domain, name));
    }

    private void add(OperatorRecord r) {
        records.merge(r.key(), r, OperatorRecord::and);
    }

    /// Adds what a case says that passes.
    void add(Path model, Graph graph) throws IOException {
        of(model, graph).forEach(this::add);
    }

    static Collection<OperatorRecord> of(Path model, Graph graph) throws IOException {
        return OperatorRecord.of(OperatorUse.of(OnnxReader.readModel(model)), places(graph), gradient(graph));
    }

    private static Set<OperatorRecord.Place> places(Graph graph) {
        Set<OperatorRecord.Place> places = EnumSet.noneOf(OperatorRecord.Place.class);
        graph.nodes()
                .forEach(n -> places.add(
                        n.op() instanceof HostOp ? OperatorRecord.Place.HOST : OperatorRecord.Place.KERNELS));
        return places;
    }

    private static OperatorRecord.Flow gradient(Graph graph) {
        if (!reaches(graph, n -> true)) {
            return OperatorRecord.Flow.NO_FLOATS;
        }
        return reaches(graph, n -> n.op().isDifferentiable()) ? OperatorRecord.Flow.YES : OperatorRecord.Flow.NO;
    }

    /// Whether a float output hangs on a float input or parameter through float values and nodes that are `open`.
    private static boolean reaches(Graph graph, Predicate<Node> open) {
        Set<Value> reached = new HashSet<>();
        Stream.of(graph.inputs(), graph.parameters())
                .flatMap(List::stream)
                .filter(OperatorRecords::isFloat)
                .forEach(reached::add);
        for (Node n : graph.nodes()) {
            if (open.test(n) && n.inputs().stream().anyMatch(reached::contains)) {
                n.outputs().stream().filter(OperatorRecords::isFloat).forEach(reached::add);
            }
        }
        return graph.outputs().stream().anyMatch(reached::contains);
    }

    private static boolean isFloat(Value v) {
        return v.type() instanceof Type.TensorType t && t.dtype().isFloat();
    }
}
