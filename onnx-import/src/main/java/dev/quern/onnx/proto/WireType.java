package dev.quern.onnx.proto;

/// The low three bits of a protobuf tag. Groups (3 and 4) are not used by ONNX and not accepted.
final class WireType {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH_DELIMITED = 2;
    static final int FIXED32 = 5;

    private WireType() {}

    static String name(int wireType) {
        return switch (wireType) {
            case VARINT -> "varint";
            case FIXED64 -> "64-bit";
            case LENGTH_DELIMITED -> "length-delimited";
            case FIXED32 -> "32-bit";
            default -> "wire type " + wireType;
        };
    }
}
