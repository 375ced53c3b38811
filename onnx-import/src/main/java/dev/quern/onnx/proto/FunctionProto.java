package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// A function that a model brings along: nodes may call it like an operator.
///
/// @param attributes names of attributes that a call must give
/// @param attributeProtos attributes with defaults
public record FunctionProto(
        String name,
        List<String> inputs,
        List<String> outputs,
        List<String> attributes,
        List<NodeProto> nodes,
        String docString,
        List<OperatorSetIdProto> opsetImports,
        String domain,
        List<AttributeProto> attributeProtos,
        List<ValueInfoProto> valueInfo,
        String overload,
        List<StringStringEntryProto> metadataProps,
        Extras extras) {
    private static final int NAME = 1;
    private static final int INPUT = 4;
    private static final int OUTPUT = 5;
    private static final int ATTRIBUTE = 6;
    private static final int NODE = 7;
    private static final int DOC_STRING = 8;
    private static final int OPSET_IMPORT = 9;
    private static final int DOMAIN = 10;
    private static final int ATTRIBUTE_PROTO = 11;
    private static final int VALUE_INFO = 12;
    private static final int OVERLOAD = 13;
    private static final int METADATA_PROPS = 14;

    /// Keeps unmodifiable copies of the lists.
    public FunctionProto {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
        nodes = List.copyOf(nodes);
        opsetImports = List.copyOf(opsetImports);
        attributeProtos = List.copyOf(attributeProtos);
        valueInfo = List.copyOf(valueInfo);
        metadataProps = List.copyOf(metadataProps);
    }

    /// The same function with other nodes.
    public FunctionProto withNodes(List<NodeProto> nodes) {
        return new FunctionProto(
                name,
                inputs,
                outputs,
                attributes,
                nodes,
                docString,
                opsetImports,
                domain,
                attributeProtos,
                valueInfo,
                overload,
                metadataProps,
                extras);
    }

    static FunctionProto read(ProtoReader in) {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<String> attributes = new ArrayList<>();
        List<NodeProto> nodes = new ArrayList<>();
        List<OperatorSetIdProto> opsetImports = new ArrayList<>();
        List<AttributeProto> attributeProtos = new ArrayList<>();
        List<ValueInfoProto> valueInfo = new ArrayList<>();
        List<StringStringEntryProto> metadataProps = new ArrayList<>();
        String name = "";
        String docString = "";
        String domain = "";
        String overload = "";
        while (in.next()) {
            switch (in.field()) {
                case NAME -> name = in.string("name");
                case INPUT -> in.addString("input", inputs);
                case OUTPUT -> in.addString("output", outputs);
                case ATTRIBUTE -> in.addString("attribute", attributes);
                case NODE -> in.addMessage("node", nodes, NodeProto::read);
                case DOC_STRING -> docString = in.docString();
                case OPSET_IMPORT -> in.addMessage("opset_import", opsetImports, OperatorSetIdProto::read);
                case DOMAIN -> domain = in.string("domain");
                case ATTRIBUTE_PROTO -> in.addMessage("attribute_proto", attributeProtos, AttributeProto::read);
                case VALUE_INFO -> in.addMessage("value_info", valueInfo, ValueInfoProto::read);
                case OVERLOAD -> overload = in.string("overload");
                case METADATA_PROPS -> in.addMessage("metadata_props", metadataProps, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        return new FunctionProto(
                name,
                inputs,
                outputs,
                attributes,
                nodes,
                docString,
                opsetImports,
                domain,
                attributeProtos,
                valueInfo,
                overload,
                metadataProps,
                in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(METADATA_PROPS, metadataProps, StringStringEntryProto::write);
        out.string(OVERLOAD, overload, extras);
        out.messages(VALUE_INFO, valueInfo, ValueInfoProto::write);
        out.messages(ATTRIBUTE_PROTO, attributeProtos, AttributeProto::write);
        out.string(DOMAIN, domain, extras);
        out.messages(OPSET_IMPORT, opsetImports, OperatorSetIdProto::write);
        out.string(DOC_STRING, docString, extras);
        out.messages(NODE, nodes, NodeProto::write);
        out.strings(ATTRIBUTE, attributes);
        out.strings(OUTPUT, outputs);
        out.strings(INPUT, inputs);
        out.string(NAME, name, extras);
    }
}
