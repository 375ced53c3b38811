package dev.quern.onnx;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The names of outer values that the bodies of a node use.
final class FreeNames {
    private FreeNames() {}

    static Set<String> of(NodeProto node) {
        Set<String> free = new LinkedHashSet<>();
        for (AttributeProto a : node.attributes()) {
            bodies(a.value()).forEach(g -> free.addAll(of(g)));
        }
        return free;
    }

    private static List<GraphProto> bodies(AttributeValue value) {
        return switch (value) {
            case AttributeValue.OfGraph(GraphProto one) -> List.of(one);
            case AttributeValue.OfGraphs(List<GraphProto> many) -> many;
            case AttributeValue.OfFloat _,
                    AttributeValue.OfInt _,
                    AttributeValue.OfString _,
                    AttributeValue.OfTensor _,
                    AttributeValue.OfSparseTensor _,
                    AttributeValue.OfType _,
                    AttributeValue.OfFloats _,
                    AttributeValue.OfInts _,
                    AttributeValue.OfStrings _,
                    AttributeValue.OfTensors _,
                    AttributeValue.OfSparseTensors _,
                    AttributeValue.OfTypes _,
                    AttributeValue.Reference _,
                    AttributeValue.Unknown _ -> List.of();
        };
    }

    private static Set<String> of(GraphProto graph) {
        Set<String> own = new LinkedHashSet<>(List.of(""));
        Set<String> free = new LinkedHashSet<>();
        graph.inputs().forEach(v -> own.add(v.name()));
        graph.initializers().forEach(t -> own.add(t.name()));
        for (NodeProto n : graph.nodes()) {
            free.addAll(n.inputs());
            free.addAll(of(n));
            own.addAll(n.outputs());
        }
        graph.outputs().forEach(v -> free.add(v.name()));
        free.removeAll(own);
        return free;
    }
}
