package dev.quern.codegen;

import dev.quern.tensor.DType;

/// Element types in C: how they are stored, and in what they are computed.
final class CTypes {
    private CTypes() {}

    /// Whether kernels of this element type can be written: objects and floats of 8 bits and fewer cannot.
    static boolean has(DType type) {
        return !type.isHostOnly() && !(type.isFloat() && type.bits() < 16);
    }

    /// The type of an array's elements.
    static String stored(DType type) {
        return switch (type) {
            case F32 -> "float";
            case F64 -> "double";
            case F16, BF16 -> "u16";
            case I2, I4 -> "i8";
            case U2, U4, BOOL -> "u8";
            case I8, I16, I32, I64, U8, U16, U32, U64 -> type.toString();
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1, STRING, C64, C128 ->
                throw new UnsupportedOperationException("no C type for " + type);
        };
    }

    /// The type of a variable: integers travel in 64 bits, `bool` as an int.
    static String computed(DType type) {
        return type == DType.F64 ? "double" : type.isFloat() ? "float" : type == DType.BOOL ? "int" : "i64";
    }

    /// The value of the stored element `e`.
    static String load(DType type, String e) {
        return switch (type) {
            case F32, F64 -> e;
            case F16, BF16 -> "f32_of_" + type + "(" + e + ")";
            case BOOL -> "(" + e + " != 0)";
            default -> "((i64) " + e + ")";
        };
    }

    /// What is stored of the value `v`.
    static String store(DType type, String v) {
        return switch (type) {
            case F32, F64 -> v;
            case F16, BF16 -> type + "_of_f32(" + v + ")";
            default -> "(" + stored(type) + ") " + v;
        };
    }

    /// The value that is read again after `v` was stored.
    static String reloaded(DType type, String v) {
        return load(type, "(" + store(type, v) + ")");
    }

    static String literal(DType type, double value) {
        if (type == DType.F64) {
            return Double.isFinite(value)
                    ? "(" + Double.toHexString(value) + ")"
                    : "F64_OF_BITS(0x" + Long.toHexString(Double.doubleToRawLongBits(value)) + "UL)";
        }
        float f = (float) value;
        return Float.isFinite(f)
                ? "(" + Float.toHexString(f) + "f)"
                : "F32_OF_BITS(0x" + Integer.toHexString(Float.floatToRawIntBits(f)) + ")";
    }

    static String literal(DType type, long value) {
        return type == DType.BOOL ? Long.toString(value) : "((i64) 0x" + Long.toHexString(value) + "UL)";
    }
}
