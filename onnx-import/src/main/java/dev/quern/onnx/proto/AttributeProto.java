package dev.quern.onnx.proto;

import java.util.List;

/// A named constant of a node.
///
/// The value's type is the declared one; files from before IR version 2 declare none, then it is that of the first
/// value present. Values of other types beside it are kept in `extras`.
public record AttributeProto(String name, AttributeValue value, String docString, Extras extras) {
    static final int NAME = 1;
    static final int DOC_STRING = 13;
    static final int TYPE = 20;
    static final int REF_ATTR_NAME = 21;

    /// An attribute made in memory.
    public static AttributeProto of(String name, AttributeValue value) {
        return new AttributeProto(name, value, "", Extras.NONE);
    }

    /// A `float` attribute.
    public static AttributeProto of(String name, float value) {
        return of(name, new AttributeValue.OfFloat(value));
    }

    /// An `int64` attribute.
    public static AttributeProto of(String name, long value) {
        return of(name, new AttributeValue.OfInt(value));
    }

    /// A string attribute.
    public static AttributeProto of(String name, String value) {
        return of(name, new AttributeValue.OfString(Bytes.utf8(value)));
    }

    /// A tensor attribute.
    public static AttributeProto of(String name, TensorProto value) {
        return of(name, new AttributeValue.OfTensor(value));
    }

    /// A graph attribute.
    public static AttributeProto of(String name, GraphProto value) {
        return of(name, new AttributeValue.OfGraph(value));
    }

    /// An attribute of several `float`.
    public static AttributeProto ofFloats(String name, float... values) {
        return of(name, new AttributeValue.OfFloats(Floats.of(values)));
    }

    /// An attribute of several `int64`.
    public static AttributeProto ofInts(String name, long... values) {
        return of(name, new AttributeValue.OfInts(Varints.of(values)));
    }

    /// An attribute of several strings.
    public static AttributeProto ofStrings(String name, List<String> values) {
        return of(
                name,
                new AttributeValue.OfStrings(values.stream().map(Bytes::utf8).toList()));
    }

    /// The same attribute with another value.
    public AttributeProto withValue(AttributeValue value) {
        return new AttributeProto(name, value, docString, extras);
    }

    static AttributeProto read(ProtoReader in) {
        return new AttributeReader(in).read();
    }

    void write(ProtoWriter out) {
        int field =
                AttributeType.ofCode(value.typeCode()).map(AttributeType::field).orElse(0);
        out.unknown(extras);
        if (field > REF_ATTR_NAME) {
            writeValue(out, field);
        }
        out.string(REF_ATTR_NAME, value instanceof AttributeValue.Reference to ? to.attribute() : "", extras);
        out.int64(TYPE, value.typeCode(), extras);
        if (field > DOC_STRING && field < TYPE) {
            writeValue(out, field);
        }
        out.string(DOC_STRING, docString, extras);
        if (field < DOC_STRING) {
            writeValue(out, field);
        }
        out.string(NAME, name, extras);
    }

    private void writeValue(ProtoWriter out, int field) {
        switch (value) {
            case AttributeValue.OfFloat f -> out.float32(field, f.value());
            case AttributeValue.OfInt i -> out.int64(field, i.value());
            case AttributeValue.OfString s -> out.bytes(field, s.value());
            case AttributeValue.OfTensor t -> out.message(field, t.value(), TensorProto::write);
            case AttributeValue.OfGraph g -> out.message(field, g.value(), GraphProto::write);
            case AttributeValue.OfSparseTensor t -> out.message(field, t.value(), SparseTensorProto::write);
            case AttributeValue.OfType t -> out.message(field, t.value(), TypeProto::write);
            case AttributeValue.OfFloats f -> out.floats(field, f.values(), Packing.EXPANDED, extras);
            case AttributeValue.OfInts i -> out.varints(field, i.values(), Packing.EXPANDED, extras);
            case AttributeValue.OfStrings s -> out.bytesList(field, s.values());
            case AttributeValue.OfTensors t -> out.messages(field, t.values(), TensorProto::write);
            case AttributeValue.OfGraphs g -> out.messages(field, g.values(), GraphProto::write);
            case AttributeValue.OfSparseTensors t -> out.messages(field, t.values(), SparseTensorProto::write);
            case AttributeValue.OfTypes t -> out.messages(field, t.values(), TypeProto::write);
            case AttributeValue.Reference _, AttributeValue.Unknown _ -> {}
        }
    }
}
