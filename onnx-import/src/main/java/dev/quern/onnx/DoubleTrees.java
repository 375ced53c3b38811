package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.op.Casting;
import dev.quern.op.TreeEnsemble;
import dev.quern.tensor.DType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Trees of doubles for ai.onnx.ml 3 and 4, whose operator sums doubles and gives f32: it stands for the trees and
/// the cast of their result together.
final class DoubleTrees {
    private static final int DOUBLES_SINCE = 3;
    private static final int DOUBLE_RESULTS_SINCE = 5;

    private DoubleTrees() {}

    static Graph narrowed(Graph graph, Release release) {
        boolean needed = release.ml() >= DOUBLES_SINCE
                && release.ml() < DOUBLE_RESULTS_SINCE
                && graph.nodes().stream().anyMatch(n -> trees(n).isPresent());
        if (!needed) {
            return graph;
        }
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Node n : graph.nodes()) {
            trees(n).ifPresentOrElse(trees -> put(g, trees, n, release, to), () -> g.copy(n, to));
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }

    /// The trees whose double results `cast` makes f32.
    private static Optional<Node> trees(Node cast) {
        return cast.op().equals(new Casting.Cast(DType.F32))
                ? cast.input(0)
                        .producer()
                        .filter(n ->
                                n.op() instanceof TreeEnsemble && n.input(1).dtype() == DType.F64)
                        .filter(n -> n.input(1).constant().isPresent())
                : Optional.empty();
    }

    private static void put(GraphBuilder g, Node trees, Node cast, Release release, Map<Value, Value> to) {
        NodeExport export = new NodeExport(trees, NodeExport.Bodies.UNSAID, v -> true);
        OlderTreeWriter.write((TreeEnsemble) trees.op(), export);
        String name = "TreeEnsembleRegressor";
        NodeProto proto = NodeProto.of(Row.ML, name, "", List.of("x"), List.of("y"), export.attributes());
        OpaqueOp op = new OpaqueOp(
                Row.ML, name, release.ml(), 1, "sums doubles and gives f32", Optional.of(new OnnxNode(proto)));
        Value x = to.getOrDefault(trees.input(0), trees.input(0));
        Value y = cast.output(0);
        to.put(
                y,
                g.at(cast.origins())
                        .add(op, List.of(x), List.of(y.type()), List.of(y.name()))
                        .output(0));
    }
}
