package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A constant tensor as files hold it. [TensorElements] finds, checks and decodes the elements, [TensorEncoder] makes
/// tensors from arrays.
///
/// @param dims the extents; none for a scalar
/// @param dataType code of a [DataType]
/// @param data the elements
public record TensorProto(
        String name,
        int dataType,
        Varints dims,
        TensorData data,
        String docString,
        List<StringStringEntryProto> metadataProps,
        Extras extras) {
    private static final int DIMS = 1;
    private static final int DATA_TYPE = 2;
    private static final int FLOAT_DATA = 4;
    private static final int INT32_DATA = 5;
    private static final int STRING_DATA = 6;
    private static final int INT64_DATA = 7;
    private static final int NAME = 8;
    private static final int RAW_DATA = 9;
    private static final int DOUBLE_DATA = 10;
    private static final int UINT64_DATA = 11;
    private static final int DOC_STRING = 12;
    private static final int EXTERNAL_DATA = 13;
    private static final int DATA_LOCATION = 14;
    private static final int METADATA_PROPS = 16;

    /// Keeps an unmodifiable copy of the list.
    public TensorProto {
        metadataProps = List.copyOf(metadataProps);
    }

    /// A tensor made in memory.
    public static TensorProto of(String name, DataType type, long[] dims, TensorData data) {
        return new TensorProto(name, type.code(), Varints.of(dims), data, "", List.of(), Extras.NONE);
    }

    /// The element type; empty for 0 (undefined) and for codes newer than [DataType].
    public Optional<DataType> type() {
        return DataType.ofCode(dataType);
    }

    /// The same tensor under another name.
    public TensorProto withName(String name) {
        return new TensorProto(name, dataType, dims, data, docString, metadataProps, extras);
    }

    /// The same tensor (name, type, dims, docs) with other elements.
    public TensorProto withData(TensorData data) {
        Extras kept = extras.without(RAW_DATA).without(DATA_LOCATION);
        return new TensorProto(name, dataType, dims, data, docString, metadataProps, kept);
    }

    /// The same tensor (name, docs) with another type, other dims and other elements.
    public TensorProto withData(DataType type, long[] dims, TensorData data) {
        return new TensorProto(name, type.code(), Varints.of(dims), data, docString, metadataProps, extras)
                .withData(data);
    }

    static TensorProto read(ProtoReader in) {
        SliceJoiner dims = in.joiner();
        SliceJoiner floats = in.joiner();
        SliceJoiner int32s = in.joiner();
        SliceJoiner int64s = in.joiner();
        SliceJoiner doubles = in.joiner();
        SliceJoiner uint64s = in.joiner();
        List<Bytes> strings = new ArrayList<>();
        List<StringStringEntryProto> external = new ArrayList<>();
        List<StringStringEntryProto> metadataProps = new ArrayList<>();
        Bytes raw = Bytes.EMPTY;
        String name = "";
        String docString = "";
        int dataType = 0;
        int location = 0;
        while (in.next()) {
            switch (in.field()) {
                case DIMS -> in.varints("dims", dims, Packing.EXPANDED);
                case DATA_TYPE -> dataType = in.int32("data_type");
                case FLOAT_DATA -> in.floats("float_data", floats, Packing.PACKED);
                case INT32_DATA -> in.varints("int32_data", int32s, Packing.PACKED);
                case STRING_DATA -> in.addBytes("string_data", strings);
                case INT64_DATA -> in.varints("int64_data", int64s, Packing.PACKED);
                case NAME -> name = in.string("name");
                case RAW_DATA -> raw = in.bytes("raw_data");
                case DOUBLE_DATA -> in.doubles("double_data", doubles, Packing.PACKED);
                case UINT64_DATA -> in.varints("uint64_data", uint64s, Packing.PACKED);
                case DOC_STRING -> docString = in.docString();
                case EXTERNAL_DATA -> in.addMessage("external_data", external, StringStringEntryProto::read);
                case DATA_LOCATION -> location = in.int32("data_location");
                case METADATA_PROPS -> in.addMessage("metadata_props", metadataProps, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        TensorData data = new TensorData(
                new Floats(floats.toBytes()),
                new Varints(int32s.toBytes()),
                strings,
                new Varints(int64s.toBytes()),
                raw,
                new Doubles(doubles.toBytes()),
                new Varints(uint64s.toBytes()),
                external,
                location);
        return new TensorProto(
                name, dataType, new Varints(dims.toBytes()), data, docString, metadataProps, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(METADATA_PROPS, metadataProps, StringStringEntryProto::write);
        out.int64(DATA_LOCATION, data.dataLocation(), extras);
        out.messages(EXTERNAL_DATA, data.externalData(), StringStringEntryProto::write);
        out.string(DOC_STRING, docString, extras);
        out.varints(UINT64_DATA, data.uint64Data(), Packing.PACKED, extras);
        out.doubles(DOUBLE_DATA, data.doubleData(), Packing.PACKED, extras);
        out.bytes(RAW_DATA, data.rawData(), extras);
        out.string(NAME, name, extras);
        out.varints(INT64_DATA, data.int64Data(), Packing.PACKED, extras);
        out.bytesList(STRING_DATA, data.stringData());
        out.varints(INT32_DATA, data.int32Data(), Packing.PACKED, extras);
        out.floats(FLOAT_DATA, data.floatData(), Packing.PACKED, extras);
        out.int64(DATA_TYPE, dataType, extras);
        out.varints(DIMS, dims, Packing.EXPANDED, extras);
    }
}
