package dev.quern.cpu.machine;

/// Instructions on lanes of 32 bits whose operands are a register and a register or a place in memory, or only
/// the latter. Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
enum VectorOp {
    ADD("vaddps", 1, 0, 0x58),
    SUBTRACT("vsubps", 1, 0, 0x5C),
    MULTIPLY("vmulps", 1, 0, 0x59),
    DIVIDE("vdivps", 1, 0, 0x5E),
    /// `x < y ? x : y`.
    MIN("vminps", 1, 0, 0x5D),
    /// `x > y ? x : y`.
    MAX("vmaxps", 1, 0, 0x5F),
    AND("vandps", 1, 0, 0x54),
    /// `~x & y`.
    AND_NOT("vandnps", 1, 0, 0x55),
    OR("vorps", 1, 0, 0x56),
    XOR("vxorps", 1, 0, 0x57),
    /// All bits where the comparison that its number stands for holds.
    COMPARE("vcmpps", 1, 0, 0xC2),
    ADD_INTEGERS("vpaddd", 1, 1, 0xFE),
    SUBTRACT_INTEGERS("vpsubd", 1, 1, 0xFA),
    MULTIPLY_INTEGERS("vpmulld", 2, 1, 0x40),
    MIN_INTEGERS("vpminsd", 2, 1, 0x39),
    MAX_INTEGERS("vpmaxsd", 2, 1, 0x3D),
    EQUAL_INTEGERS("vpcmpeqd", 1, 1, 0x76),
    GREATER_INTEGERS("vpcmpgtd", 1, 1, 0x66),
    SQUARE_ROOT("vsqrtps", 1, 0, 0x51),
    /// To the nearest integer, ties to even.
    ROUND("vroundps", 3, 1, 0x08),
    TO_FLOATS("vcvtdq2ps", 1, 0, 0x5B),
    /// Towards zero; what has no 32-bit integer becomes the lowest one.
    TO_INTEGERS("vcvttps2dq", 1, 2, 0x5B),
    /// To the nearest, ties to even; what has no 32-bit integer becomes the lowest one.
    TO_NEAREST_INTEGERS("vcvtps2dq", 1, 1, 0x5B),
    MAGNITUDE_OF_INTEGERS("vpabsd", 2, 1, 0x1E),
    /// `to = to · y + x`.
    FMA_132("vfmadd132ps", 2, 1, 0x98),
    /// `to = x · to + y`.
    FMA_213("vfmadd213ps", 2, 1, 0xA8),
    /// `to = x · y + to`.
    FMA_231("vfmadd231ps", 2, 1, 0xB8);

    /// The GNU assembler's name.
    final String mnemonic;

    final int map;
    final int prefix;
    final int opcode;

    VectorOp(String mnemonic, int map, int prefix, int opcode) {
        this.mnemonic = mnemonic;
        this.map = map;
        this.prefix = prefix;
        this.opcode = opcode;
    }

    /// Whether lanes of ones and zeros are the result.
    boolean compares() {
        return this == COMPARE || this == EQUAL_INTEGERS || this == GREATER_INTEGERS;
    }

    /// Wide vectors take bits as those of integers.
    int widePrefix() {
        return switch (this) {
            case AND, AND_NOT, OR, XOR -> 1;
            default -> prefix;
        };
    }

    int wideOpcode() {
        return switch (this) {
            case AND -> 0xDB;
            case AND_NOT -> 0xDF;
            case OR -> 0xEB;
            case XOR -> 0xEF;
            default -> opcode;
        };
    }

    /// Whether a byte behind the instruction says how it works.
    boolean isNumbered() {
        return this == COMPARE || this == ROUND;
    }

    /// Whether there is one operand, the second.
    boolean isUnary() {
        return switch (this) {
            case SQUARE_ROOT, ROUND, TO_FLOATS, TO_INTEGERS, TO_NEAREST_INTEGERS, MAGNITUDE_OF_INTEGERS -> true;
            default -> false;
        };
    }

    /// Whether operands may change places.
    boolean isSymmetric() {
        return switch (this) {
            case ADD, MULTIPLY, AND, OR, XOR -> true;
            case ADD_INTEGERS, MULTIPLY_INTEGERS, MIN_INTEGERS, MAX_INTEGERS, EQUAL_INTEGERS -> true;
            case SUBTRACT, DIVIDE, MIN, MAX, AND_NOT, COMPARE, SUBTRACT_INTEGERS, GREATER_INTEGERS -> false;
            case SQUARE_ROOT,
                    ROUND,
                    TO_FLOATS,
                    TO_INTEGERS,
                    TO_NEAREST_INTEGERS,
                    MAGNITUDE_OF_INTEGERS,
                    FMA_132,
                    FMA_213,
                    FMA_231 -> false;
        };
    }
}
