package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// A graph: the main one of a model, or a body of a control-flow node.
///
/// @param nodes in an order in which each value is made before it is used
/// @param initializers constants and weights, by name
/// @param inputs what the caller gives; before IR version 4 this lists the initializers too
public record GraphProto(
        List<NodeProto> nodes,
        String name,
        List<TensorProto> initializers,
        String docString,
        List<ValueInfoProto> inputs,
        List<ValueInfoProto> outputs,
        List<ValueInfoProto> valueInfo,
        List<TensorAnnotation> quantizationAnnotation,
        List<SparseTensorProto> sparseInitializers,
        List<StringStringEntryProto> metadataProps,
        Extras extras) {
    private static final int NODE = 1;
    private static final int NAME = 2;
    private static final int INITIALIZER = 5;
    private static final int DOC_STRING = 10;
    private static final int INPUT = 11;
    private static final int OUTPUT = 12;
    private static final int VALUE_INFO = 13;
    private static final int QUANTIZATION_ANNOTATION = 14;
    private static final int SPARSE_INITIALIZER = 15;
    private static final int METADATA_PROPS = 16;

    /// Keeps unmodifiable copies of the lists.
    public GraphProto {
        nodes = List.copyOf(nodes);
        initializers = List.copyOf(initializers);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        valueInfo = List.copyOf(valueInfo);
        quantizationAnnotation = List.copyOf(quantizationAnnotation);
        sparseInitializers = List.copyOf(sparseInitializers);
        metadataProps = List.copyOf(metadataProps);
    }

    /// A graph made in memory.
    public static GraphProto of(
            String name,
            List<NodeProto> nodes,
            List<TensorProto> initializers,
            List<ValueInfoProto> inputs,
            List<ValueInfoProto> outputs) {
        return new GraphProto(
                nodes,
                name,
                initializers,
                "",
                inputs,
                outputs,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Extras.NONE);
    }

    /// The same graph with other nodes.
    public GraphProto withNodes(List<NodeProto> nodes) {
        return with(nodes, initializers, inputs, outputs, valueInfo);
    }

    /// The same graph with other initializers.
    public GraphProto withInitializers(List<TensorProto> initializers) {
        return with(nodes, initializers, inputs, outputs, valueInfo);
    }

    /// The same graph with other inputs.
    public GraphProto withInputs(List<ValueInfoProto> inputs) {
        return with(nodes, initializers, inputs, outputs, valueInfo);
    }

    /// The same graph with other outputs.
    public GraphProto withOutputs(List<ValueInfoProto> outputs) {
        return with(nodes, initializers, inputs, outputs, valueInfo);
    }

    /// The same graph with other declared types of inner values; an empty list drops them all.
    public GraphProto withValueInfo(List<ValueInfoProto> valueInfo) {
        return with(nodes, initializers, inputs, outputs, valueInfo);
    }

    private GraphProto with(
            List<NodeProto> nodes,
            List<TensorProto> initializers,
            List<ValueInfoProto> inputs,
            List<ValueInfoProto> outputs,
            List<ValueInfoProto> valueInfo) {
        return new GraphProto(
                nodes,
                name,
                initializers,
                docString,
                inputs,
                outputs,
                valueInfo,
                quantizationAnnotation,
                sparseInitializers,
                metadataProps,
                extras);
    }

    static GraphProto read(ProtoReader in) {
        List<NodeProto> nodes = new ArrayList<>();
        List<TensorProto> initializers = new ArrayList<>();
        List<ValueInfoProto> inputs = new ArrayList<>();
        List<ValueInfoProto> outputs = new ArrayList<>();
        List<ValueInfoProto> valueInfo = new ArrayList<>();
        List<TensorAnnotation> annotations = new ArrayList<>();
        List<SparseTensorProto> sparse = new ArrayList<>();
        List<StringStringEntryProto> metadataProps = new ArrayList<>();
        String name = "";
        String docString = "";
        while (in.next()) {
            switch (in.field()) {
                case NODE -> in.addMessage("node", nodes, NodeProto::read);
                case NAME -> name = in.string("name");
                case INITIALIZER -> in.addMessage("initializer", initializers, TensorProto::read);
                case DOC_STRING -> docString = in.docString();
                case INPUT -> in.addMessage("input", inputs, ValueInfoProto::read);
                case OUTPUT -> in.addMessage("output", outputs, ValueInfoProto::read);
                case VALUE_INFO -> in.addMessage("value_info", valueInfo, ValueInfoProto::read);
                case QUANTIZATION_ANNOTATION ->
                    in.addMessage("quantization_annotation", annotations, TensorAnnotation::read);
                case SPARSE_INITIALIZER -> in.addMessage("sparse_initializer", sparse, SparseTensorProto::read);
                case METADATA_PROPS -> in.addMessage("metadata_props", metadataProps, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        return new GraphProto(
                nodes,
                name,
                initializers,
                docString,
                inputs,
                outputs,
                valueInfo,
                annotations,
                sparse,
                metadataProps,
                in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(METADATA_PROPS, metadataProps, StringStringEntryProto::write);
        out.messages(SPARSE_INITIALIZER, sparseInitializers, SparseTensorProto::write);
        out.messages(QUANTIZATION_ANNOTATION, quantizationAnnotation, TensorAnnotation::write);
        out.messages(VALUE_INFO, valueInfo, ValueInfoProto::write);
        out.messages(OUTPUT, outputs, ValueInfoProto::write);
        out.messages(INPUT, inputs, ValueInfoProto::write);
        out.string(DOC_STRING, docString, extras);
        out.messages(INITIALIZER, initializers, TensorProto::write);
        out.string(NAME, name, extras);
        out.messages(NODE, nodes, NodeProto::write);
    }
}
