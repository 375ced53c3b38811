package dev.quern.onnx.proto;

import org.jspecify.annotations.Nullable;

/// The declared type of a value.
///
/// @param kind null if the file does not say, or says something newer than these records
/// @param denotation what the value means (`IMAGE` …); usually empty
public record TypeProto(@Nullable Kind kind, String denotation, Extras extras) {
    private static final int TENSOR_TYPE = 1;
    private static final int SEQUENCE_TYPE = 4;
    private static final int MAP_TYPE = 5;
    private static final int DENOTATION = 6;
    private static final int OPAQUE_TYPE = 7;
    private static final int SPARSE_TENSOR_TYPE = 8;
    private static final int OPTIONAL_TYPE = 9;

    private static final int FIRST = 1;
    private static final int SECOND = 2;

    /// A type made in memory.
    public static TypeProto of(Kind kind) {
        return new TypeProto(kind, "", Extras.NONE);
    }

    /// A dense tensor type; `shape` is null for any rank.
    public static TypeProto tensor(DataType elementType, @Nullable TensorShapeProto shape) {
        return of(new Tensor(elementType.code(), shape, Extras.NONE));
    }

    /// A sequence type.
    public static TypeProto sequence(TypeProto element) {
        return of(new Sequence(element, Extras.NONE));
    }

    /// A map type; keys are integers or strings.
    public static TypeProto map(DataType keyType, TypeProto value) {
        return of(new Map(keyType.code(), value, Extras.NONE));
    }

    /// An optional type.
    public static TypeProto optional(TypeProto element) {
        return of(new Optional(element, Extras.NONE));
    }

    static TypeProto read(ProtoReader in) {
        Kind kind = null;
        String denotation = "";
        while (in.next()) {
            switch (in.field()) {
                case TENSOR_TYPE -> kind = in.message("tensor_type", kind, Tensor::read);
                case SEQUENCE_TYPE -> kind = in.message("sequence_type", kind, Sequence::read);
                case MAP_TYPE -> kind = in.message("map_type", kind, Map::read);
                case DENOTATION -> denotation = in.string("denotation");
                case OPAQUE_TYPE -> kind = in.message("opaque_type", kind, Opaque::read);
                case SPARSE_TENSOR_TYPE -> kind = in.message("sparse_tensor_type", kind, SparseTensor::read);
                case OPTIONAL_TYPE -> kind = in.message("optional_type", kind, Optional::read);
                default -> in.unknown();
            }
        }
        return new TypeProto(kind, denotation, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        if (kind instanceof Optional optional) {
            out.message(OPTIONAL_TYPE, optional, Optional::write);
        }
        if (kind instanceof SparseTensor tensor) {
            out.message(SPARSE_TENSOR_TYPE, tensor, SparseTensor::write);
        }
        if (kind instanceof Opaque opaque) {
            out.message(OPAQUE_TYPE, opaque, Opaque::write);
        }
        out.string(DENOTATION, denotation, extras);
        switch (kind) {
            case Map map -> out.message(MAP_TYPE, map, Map::write);
            case Sequence sequence -> out.message(SEQUENCE_TYPE, sequence, Sequence::write);
            case Tensor tensor -> out.message(TENSOR_TYPE, tensor, Tensor::write);
            case Optional _, SparseTensor _, Opaque _ -> {}
            case null -> {}
        }
    }

    /// The kinds of types.
    public sealed interface Kind {}

    /// A dense tensor.
    ///
    /// @param elemType code of a [DataType]
    /// @param shape null for any rank
    public record Tensor(int elemType, @Nullable TensorShapeProto shape, Extras extras) implements Kind {
        static Tensor read(ProtoReader in) {
            int elemType = 0;
            TensorShapeProto shape = null;
            while (in.next()) {
                switch (in.field()) {
                    case FIRST -> elemType = in.int32("elem_type");
                    case SECOND -> shape = in.message("shape", shape, TensorShapeProto::read);
                    default -> in.unknown();
                }
            }
            return new Tensor(elemType, shape, in.extras());
        }

        void write(ProtoWriter out) {
            out.unknown(extras);
            out.message(SECOND, shape, TensorShapeProto::write);
            out.int64(FIRST, elemType, extras);
        }
    }

    /// A sequence of values of one type.
    public record Sequence(@Nullable TypeProto elemType, Extras extras) implements Kind {
        static Sequence read(ProtoReader in) {
            TypeProto elemType = null;
            while (in.next()) {
                switch (in.field()) {
                    case FIRST -> elemType = in.message("elem_type", elemType, TypeProto::read);
                    default -> in.unknown();
                }
            }
            return new Sequence(elemType, in.extras());
        }

        void write(ProtoWriter out) {
            out.unknown(extras);
            out.message(FIRST, elemType, TypeProto::write);
        }
    }

    /// A map from integers or strings to values of one type.
    ///
    /// @param keyType code of a [DataType]: an integer type or STRING
    public record Map(int keyType, @Nullable TypeProto valueType, Extras extras) implements Kind {
        static Map read(ProtoReader in) {
            int keyType = 0;
            TypeProto valueType = null;
            while (in.next()) {
                switch (in.field()) {
                    case FIRST -> keyType = in.int32("key_type");
                    case SECOND -> valueType = in.message("value_type", valueType, TypeProto::read);
                    default -> in.unknown();
                }
            }
            return new Map(keyType, valueType, in.extras());
        }

        void write(ProtoWriter out) {
            out.unknown(extras);
            out.message(SECOND, valueType, TypeProto::write);
            out.int64(FIRST, keyType, extras);
        }
    }

    /// A value that may be absent.
    public record Optional(@Nullable TypeProto elemType, Extras extras) implements Kind {
        static Optional read(ProtoReader in) {
            TypeProto elemType = null;
            while (in.next()) {
                switch (in.field()) {
                    case FIRST -> elemType = in.message("elem_type", elemType, TypeProto::read);
                    default -> in.unknown();
                }
            }
            return new Optional(elemType, in.extras());
        }

        void write(ProtoWriter out) {
            out.unknown(extras);
            out.message(FIRST, elemType, TypeProto::write);
        }
    }

    /// A sparse tensor.
    ///
    /// @param elemType code of a [DataType]
    /// @param shape null for any rank
    public record SparseTensor(int elemType, @Nullable TensorShapeProto shape, Extras extras) implements Kind {
        static SparseTensor read(ProtoReader in) {
            Tensor same = Tensor.read(in);
            return new SparseTensor(same.elemType(), same.shape(), same.extras());
        }

        void write(ProtoWriter out) {
            new Tensor(elemType, shape, extras).write(out);
        }
    }

    /// A type that only its maker knows.
    public record Opaque(String domain, String name, Extras extras) implements Kind {
        static Opaque read(ProtoReader in) {
            String domain = "";
            String name = "";
            while (in.next()) {
                switch (in.field()) {
                    case FIRST -> domain = in.string("domain");
                    case SECOND -> name = in.string("name");
                    default -> in.unknown();
                }
            }
            return new Opaque(domain, name, in.extras());
        }

        void write(ProtoWriter out) {
            out.unknown(extras);
            out.string(SECOND, name, extras);
            out.string(FIRST, domain, extras);
        }
    }
}
