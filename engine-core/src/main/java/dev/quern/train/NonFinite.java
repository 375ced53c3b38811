package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds where a computation went wrong, by running it once more with every intermediate result kept.
final class NonFinite {
    private NonFinite() {}

    /// The first node of a graph that makes something infinite or no number of finite operands; nothing where the
    /// operands themselves are none, or keeping everything takes more memory than is allowed.
    static Optional<String> firstNode(Graph graph, List<Tensor> inputs, ModelOptions options) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        g.inline(graph, to);
        List<Node> makers = new ArrayList<>();
        for (Node n : graph.nodes()) {
            for (Value v : n.outputs()) {
                if (v.type() instanceof TensorType t && t.dtype().isFloat()) {
                    g.output(makers.size() + "", to.getOrDefault(v, v));
                    makers.add(n);
                }
            }
        }
        try (GraphRunner runner = GraphRunner.of(g.build(), options)) {
            List<Datum> values = runner.run(inputs, Collections.nCopies(makers.size(), Optional.empty()));
            for (int i = 0; i < makers.size(); i++) {
                if (!isFinite(values.get(i).asTensor())) {
                    return Optional.of(makers.get(i).title());
                }
            }
            return Optional.empty();
        } catch (dev.quern.session.ModelException e) {
            return Optional.empty();
        }
    }

    private static boolean isFinite(Tensor t) {
        for (int i = 0; i < t.length(); i++) {
            if (!Double.isFinite(t.getDouble(i))) {
                return false;
            }
        }
        return true;
    }
}
