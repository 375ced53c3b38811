package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.tensor.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Shapes that the file declared for outputs whose rank does not follow from the nodes (branches that give different
/// ranks): the standard asks for a shape there.
final class DeclaredShapes {
    private DeclaredShapes() {}

    /// `written` with the shapes of `source` where it has none. Only where the inputs are still those of the file:
    /// the declaration may not hold for others.
    static GraphProto of(OnnxSource source, Graph graph, GraphProto written) {
        if (!inputTypes(graph).equals(inputTypes(source.graph()))) {
            return written;
        }
        Map<String, ValueInfoProto> before = new HashMap<>();
        source.model().graph().outputs().forEach(v -> before.put(v.name(), v));
        List<ValueInfoProto> outputs = written.outputs().stream()
                .map(v -> before.containsKey(v.name()) && saysMore(before.get(v.name()), v) ? before.get(v.name()) : v)
                .toList();
        return written.withOutputs(outputs);
    }

    private static List<Type> inputTypes(Graph graph) {
        return graph.inputs().stream().map(v -> v.type()).toList();
    }

    private static boolean saysMore(ValueInfoProto before, ValueInfoProto now) {
        Optional<Type.TensorType> b = tensor(before);
        Optional<Type.TensorType> n = tensor(now);
        return b.isPresent()
                && n.isPresent()
                && b.get().dtype() == n.get().dtype()
                && b.get().shape().isRanked()
                && !n.get().shape().isRanked();
    }

    private static Optional<Type.TensorType> tensor(ValueInfoProto v) {
        return OnnxTypes.type(v.type())
                .filter(Type.TensorType.class::isInstance)
                .map(Type.TensorType.class::cast);
    }
}
