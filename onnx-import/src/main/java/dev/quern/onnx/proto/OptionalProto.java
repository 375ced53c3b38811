package dev.quern.onnx.proto;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A value that may be absent, as `onnx-data.proto` defines it for test data. At most the component of its kind is set;
/// none is an absent value.
///
/// @param elemType code of a [ValueKind]
public record OptionalProto(
        String name,
        int elemType,
        @Nullable TensorProto tensor,
        @Nullable SparseTensorProto sparseTensor,
        @Nullable SequenceProto sequence,
        @Nullable MapProto map,
        @Nullable OptionalProto optional,
        Extras extras) {
    private static final int NAME = 1;
    private static final int ELEM_TYPE = 2;
    private static final int TENSOR_VALUE = 3;
    private static final int SPARSE_TENSOR_VALUE = 4;
    private static final int SEQUENCE_VALUE = 5;
    private static final int MAP_VALUE = 6;
    private static final int OPTIONAL_VALUE = 7;

    /// An absent value.
    public static OptionalProto absent(String name) {
        return new OptionalProto(name, 0, null, null, null, null, null, Extras.NONE);
    }

    /// A tensor that is there.
    public static OptionalProto of(String name, TensorProto tensor) {
        return new OptionalProto(name, ValueKind.TENSOR.code(), tensor, null, null, null, null, Extras.NONE);
    }

    /// A sequence that is there.
    public static OptionalProto of(String name, SequenceProto sequence) {
        return new OptionalProto(name, ValueKind.SEQUENCE.code(), null, null, sequence, null, null, Extras.NONE);
    }

    /// The kind of the value; empty if the file does not say.
    public Optional<ValueKind> kind() {
        return ValueKind.ofCode(elemType);
    }

    static OptionalProto read(ProtoReader in) {
        TensorProto tensor = null;
        SparseTensorProto sparseTensor = null;
        SequenceProto sequence = null;
        MapProto map = null;
        OptionalProto optional = null;
        String name = "";
        int elemType = 0;
        while (in.next()) {
            switch (in.field()) {
                case NAME -> name = in.string("name");
                case ELEM_TYPE -> elemType = in.int32("elem_type");
                case TENSOR_VALUE -> tensor = in.message("tensor_value", tensor, TensorProto::read);
                case SPARSE_TENSOR_VALUE ->
                    sparseTensor = in.message("sparse_tensor_value", sparseTensor, SparseTensorProto::read);
                case SEQUENCE_VALUE -> sequence = in.message("sequence_value", sequence, SequenceProto::read);
                case MAP_VALUE -> map = in.message("map_value", map, MapProto::read);
                case OPTIONAL_VALUE -> optional = in.message("optional_value", optional, OptionalProto::read);
                default -> in.unknown();
            }
        }
        return new OptionalProto(name, elemType, tensor, sparseTensor, sequence, map, optional, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.message(OPTIONAL_VALUE, optional, OptionalProto::write);
        out.message(MAP_VALUE, map, MapProto::write);
        out.message(SEQUENCE_VALUE, sequence, SequenceProto::write);
        out.message(SPARSE_TENSOR_VALUE, sparseTensor, SparseTensorProto::write);
        out.message(TENSOR_VALUE, tensor, TensorProto::write);
        out.int64(ELEM_TYPE, elemType, extras);
        out.string(NAME, name, extras);
    }
}
