package dev.quern.onnx.proto;

import java.util.List;
import java.util.function.UnaryOperator;

/// Brings external data into a model, so that it can be saved in any folder. The bytes stay mapped, not copied, until
/// they are written. Sparse tensors are left as they are: no exporter is known to keep those outside.
public final class ExternalInliner {
    private final ExternalData external;

    private ExternalInliner(ExternalData external) {
        this.external = external;
    }

    /// The model with the external tensors of its graph, of bodies inside nodes and of functions as `raw_data`.
    ///
    /// @param external the files beside the model that was read
    /// @throws MalformedProtoException if a file is not there or not allowed, or is too short for a tensor
    public static ModelProto inline(ModelProto model, ExternalData external) {
        ExternalInliner inliner = new ExternalInliner(external);
        return model.withGraph(inliner.graph(model.graph()))
                .withFunctions(
                        all(model.functions(), function -> function.withNodes(all(function.nodes(), inliner::node))));
    }

    private GraphProto graph(GraphProto graph) {
        return graph.withInitializers(all(graph.initializers(), this::tensor))
                .withNodes(all(graph.nodes(), this::node));
    }

    private NodeProto node(NodeProto node) {
        return node.withAttributes(all(node.attributes(), attribute -> attribute.withValue(value(attribute.value()))));
    }

    private AttributeValue value(AttributeValue value) {
        return switch (value) {
            case AttributeValue.OfTensor one -> new AttributeValue.OfTensor(tensor(one.value()));
            case AttributeValue.OfTensors many -> new AttributeValue.OfTensors(all(many.values(), this::tensor));
            case AttributeValue.OfGraph one -> new AttributeValue.OfGraph(graph(one.value()));
            case AttributeValue.OfGraphs many -> new AttributeValue.OfGraphs(all(many.values(), this::graph));
            case AttributeValue.OfFloat _,
                    AttributeValue.OfInt _,
                    AttributeValue.OfString _,
                    AttributeValue.OfSparseTensor _,
                    AttributeValue.OfType _,
                    AttributeValue.OfFloats _,
                    AttributeValue.OfInts _,
                    AttributeValue.OfStrings _,
                    AttributeValue.OfSparseTensors _,
                    AttributeValue.OfTypes _,
                    AttributeValue.Reference _,
                    AttributeValue.Unknown _ -> value;
        };
    }

    private TensorProto tensor(TensorProto tensor) {
        return tensor.data().isExternal()
                ? tensor.withData(TensorData.raw(
                        Bytes.view(TensorElements.of(tensor, external).bytes())))
                : tensor;
    }

    private static <T> List<T> all(List<T> values, UnaryOperator<T> change) {
        return values.stream().map(change).toList();
    }
}
