package dev.quern.cpu.codegen;

import java.util.List;

/// One operation of a [LaneCode]; the same on every lane.
///
/// @param lane what the result is
/// @param operands numbers of earlier operations
/// @param bits of a constant its bits, of a load the number of the view, of a shift the distance
public record LaneOp(Kind kind, Lane lane, List<Integer> operands, long bits) {

    /// What an operation does. Each has one meaning in IEEE 754 or two's complement, so that a vector and a single
    /// value give the same bits.
    public enum Kind {
        LOAD,
        CONST,
        ADD,
        SUB,
        MUL,
        DIV,
        FMA,
        NEG,
        ABS,
        SQRT,
        /// To the nearest integer, ties to even; only in a [LaneCode] that is machine code.
        ROUND,
        /// As `Math.min`.
        MIN,
        /// As `Math.max`.
        MAX,
        AND,
        OR,
        XOR,
        NOT,
        SHIFT_LEFT,
        SHIFT_RIGHT,
        SHIFT_RIGHT_UNSIGNED,
        LT,
        LE,
        GT,
        GE,
        EQ,
        NE,
        SELECT,
        /// The bits of a float as an integer.
        BITS,
        /// The float that has these bits.
        OF_BITS,
        /// As Java's cast.
        CONVERT,
        /// Operand 1 in place of operand 0 where operand 2 holds, which is rare, through `StrictMath.sin`.
        RARE_SINE,
        /// As [#RARE_SINE], through `StrictMath.cos`.
        RARE_COSINE
    }

    public int operand(int k) {
        return operands.get(k);
    }
}
