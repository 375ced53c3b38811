package dev.quern.onnx;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;

/// The names of nodes, which nothing refers to.
final class NodeNames {
    private NodeNames() {}

    /// The graph, and the bodies in it, without them.
    static GraphProto dropped(GraphProto graph) {
        return graph.withNodes(graph.nodes().stream().map(NodeNames::dropped).toList());
    }

    private static NodeProto dropped(NodeProto node) {
        return node.withName("")
                .withAttributes(
                        node.attributes().stream().map(NodeNames::dropped).toList());
    }

    private static AttributeProto dropped(AttributeProto a) {
        return switch (a.value()) {
            case AttributeValue.OfGraph(GraphProto one) -> a.withValue(new AttributeValue.OfGraph(dropped(one)));
            case AttributeValue.OfGraphs(var many) ->
                a.withValue(new AttributeValue.OfGraphs(
                        many.stream().map(NodeNames::dropped).toList()));
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
                    AttributeValue.Unknown _ -> a;
        };
    }
}
