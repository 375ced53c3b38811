package dev.quern.onnx.proto;

import java.util.Optional;

/// `AttributeProto.AttributeType`: which field of an attribute holds its value.
public enum AttributeType {
    /// One `float`.
    FLOAT(1, 2),
    /// One `int64`.
    INT(2, 3),
    /// Bytes, in most cases UTF-8.
    STRING(3, 4),
    /// One tensor.
    TENSOR(4, 5),
    /// One graph.
    GRAPH(5, 6),
    /// A list of `float`.
    FLOATS(6, 7),
    /// A list of `int64`.
    INTS(7, 8),
    /// A list of strings.
    STRINGS(8, 9),
    /// A list of tensors.
    TENSORS(9, 10),
    /// A list of graphs.
    GRAPHS(10, 11),
    /// One sparse tensor.
    SPARSE_TENSOR(11, 22),
    /// A list of sparse tensors.
    SPARSE_TENSORS(12, 23),
    /// One type.
    TYPE_PROTO(13, 14),
    /// A list of types.
    TYPE_PROTOS(14, 15);

    private static final AttributeType[] BY_CODE = new AttributeType[15];
    private static final AttributeType[] BY_FIELD = new AttributeType[24];

    static {
        for (AttributeType type : values()) {
            BY_CODE[type.code] = type;
            BY_FIELD[type.field] = type;
        }
    }

    private final int code;
    private final int field;

    AttributeType(int code, int field) {
        this.code = code;
        this.field = field;
    }

    /// The type of a code in a file; empty for 0 and for what is newer than this table.
    public static Optional<AttributeType> ofCode(int code) {
        return at(BY_CODE, code);
    }

    /// The type whose values stand in a field.
    static Optional<AttributeType> ofField(int field) {
        return at(BY_FIELD, field);
    }

    /// The number that files use.
    public int code() {
        return code;
    }

    /// The field of AttributeProto that holds the value.
    int field() {
        return field;
    }

    private static Optional<AttributeType> at(AttributeType[] table, int index) {
        return index < 0 || index >= table.length ? Optional.empty() : Optional.ofNullable(table[index]);
    }
}
