package dev.quern.onnx.proto;

import java.util.Optional;

/// `SequenceProto.DataType` and `OptionalProto.DataType`: what the elements of a recorded sequence or optional are.
public enum ValueKind {
    /// Dense tensors.
    TENSOR,
    /// Sparse tensors.
    SPARSE_TENSOR,
    /// Sequences.
    SEQUENCE,
    /// Maps.
    MAP,
    /// Optionals.
    OPTIONAL;

    /// The kind of a code in a file; empty for 0 (undefined) and for unknown ones.
    public static Optional<ValueKind> ofCode(int code) {
        return code < 1 || code > values().length ? Optional.empty() : Optional.of(values()[code - 1]);
    }

    /// The number that files use.
    public int code() {
        return ordinal() + 1;
    }
}
