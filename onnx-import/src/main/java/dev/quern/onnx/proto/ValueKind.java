package dev.quern.onnx.proto;

import java.util.Arrays;
import java.util.Optional;

/// `SequenceProto.DataType` and `OptionalProto.DataType`: what the elements of a recorded sequence or optional are.
public enum ValueKind {
    /// Dense tensors.
    TENSOR(1),
    /// Sparse tensors.
    SPARSE_TENSOR(2),
    /// Sequences.
    SEQUENCE(3),
    /// Maps.
    MAP(4),
    /// Optionals.
    OPTIONAL(5);

    private final int code;

    ValueKind(int code) {
        this.code = code;
    }

    /// The kind of a code in a file; empty for 0 (undefined) and for unknown ones.
    public static Optional<ValueKind> ofCode(int code) {
        return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
    }

    /// The number that files use.
    public int code() {
        return code;
    }
}
