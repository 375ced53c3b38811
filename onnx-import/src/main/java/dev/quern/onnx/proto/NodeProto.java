package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One call of an operator or function.
///
/// @param inputs names of values; an empty name is an input left out
/// @param outputs names of values; an empty name is an output not wanted
/// @param domain the operator set; empty for `ai.onnx`
/// @param overload which of several functions of that name; usually empty
public record NodeProto(
        List<String> inputs,
        List<String> outputs,
        String name,
        String opType,
        List<AttributeProto> attributes,
        String docString,
        String domain,
        String overload,
        List<StringStringEntryProto> metadataProps,
        Extras extras) {
    private static final int INPUT = 1;
    private static final int OUTPUT = 2;
    private static final int NAME = 3;
    private static final int OP_TYPE = 4;
    private static final int ATTRIBUTE = 5;
    private static final int DOC_STRING = 6;
    private static final int DOMAIN = 7;
    private static final int OVERLOAD = 8;
    private static final int METADATA_PROPS = 9;

    /// Keeps unmodifiable copies of the lists.
    public NodeProto {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
        metadataProps = List.copyOf(metadataProps);
    }

    /// A node made in memory.
    public static NodeProto of(
            String domain,
            String opType,
            String name,
            List<String> inputs,
            List<String> outputs,
            List<AttributeProto> attributes) {
        return new NodeProto(inputs, outputs, name, opType, attributes, "", domain, "", List.of(), Extras.NONE);
    }

    /// The attribute of that name.
    public Optional<AttributeProto> attribute(String name) {
        return attributes.stream()
                .filter(attribute -> attribute.name().equals(name))
                .findFirst();
    }

    /// The same node under another name.
    public NodeProto withName(String name) {
        return new NodeProto(
                inputs, outputs, name, opType, attributes, docString, domain, overload, metadataProps, extras);
    }

    /// The same node with other inputs.
    public NodeProto withInputs(List<String> inputs) {
        return new NodeProto(
                inputs, outputs, name, opType, attributes, docString, domain, overload, metadataProps, extras);
    }

    /// The same node with other outputs.
    public NodeProto withOutputs(List<String> outputs) {
        return new NodeProto(
                inputs, outputs, name, opType, attributes, docString, domain, overload, metadataProps, extras);
    }

    /// The same node with other attributes.
    public NodeProto withAttributes(List<AttributeProto> attributes) {
        return new NodeProto(
                inputs, outputs, name, opType, attributes, docString, domain, overload, metadataProps, extras);
    }

    static NodeProto read(ProtoReader in) {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<AttributeProto> attributes = new ArrayList<>();
        List<StringStringEntryProto> metadataProps = new ArrayList<>();
        String name = "";
        String opType = "";
        String docString = "";
        String domain = "";
        String overload = "";
        while (in.next()) {
            switch (in.field()) {
                case INPUT -> in.addString("input", inputs);
                case OUTPUT -> in.addString("output", outputs);
                case NAME -> name = in.string("name");
                case OP_TYPE -> opType = in.string("op_type");
                case ATTRIBUTE -> in.addMessage("attribute", attributes, AttributeProto::read);
                case DOC_STRING -> docString = in.docString();
                case DOMAIN -> domain = in.string("domain");
                case OVERLOAD -> overload = in.string("overload");
                case METADATA_PROPS -> in.addMessage("metadata_props", metadataProps, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        return new NodeProto(
                inputs, outputs, name, opType, attributes, docString, domain, overload, metadataProps, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(METADATA_PROPS, metadataProps, StringStringEntryProto::write);
        out.string(OVERLOAD, overload, extras);
        out.string(DOMAIN, domain, extras);
        out.string(DOC_STRING, docString, extras);
        out.messages(ATTRIBUTE, attributes, AttributeProto::write);
        out.string(OP_TYPE, opType, extras);
        out.string(NAME, name, extras);
        out.strings(OUTPUT, outputs);
        out.strings(INPUT, inputs);
    }
}
