package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.tensor.DType;

/// Random numbers as expressions of a seed and of the position: counter-based, so that any element can be
/// computed alone, in any order, with the same bits on every backend.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014) at state seed + (position + 1) · γ, after the seed
/// itself has gone through its mixing function, so that neighbouring seeds give unrelated streams.
final class Noise {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private Noise() {}

    /// 64 random bits (u64) for the point of the iteration space; `stream` tells apart what one operator draws.
    static Expr bits(Expr seed, long stream) {
        Expr key = mix(word(GAMMA).times(word(stream + 1)).plus(seed.castTo(DType.U64)));
        Expr counter = Expr.index(Expr.Index.LINEAR).castTo(DType.U64).plus(word(1));
        return mix(key.plus(counter.times(word(GAMMA))));
    }

    /// Uniform in [0, 1): as many random bits as the type's significand holds.
    static Expr uniform(DType type, Expr seed, long stream) {
        int digits = switch (type) {
            case F64 -> 53;
            case F16 -> 11;
            case BF16 -> 8;
            default -> 24;
        };
        Expr integer = bits(seed, stream).apply(BinaryFn.SHR, word(64 - digits));
        // By way of a signed type: machines convert those to floats directly.
        DType signed = digits > 31 ? DType.I64 : DType.I32;
        return integer.castTo(signed).castTo(type).times(Math.scalb(1.0, -digits));
    }

    /// Standard normal, by the method of Box and Muller (1958).
    static Expr normal(DType type, Expr seed, long stream) {
        DType compute = type.computeType();
        Expr u = uniform(compute, seed, 2 * stream);
        Expr angle = uniform(compute, seed, 2 * stream + 1).times(2 * Math.PI);
        Expr radius = u.negate().apply(UnaryFn.LOG1P).times(-2).sqrt();
        return radius.times(angle.apply(UnaryFn.COS)).castTo(type);
    }

    private static Expr mix(Expr z) {
        Expr a = shiftedXor(z, 30).times(word(0xBF58476D1CE4E5B9L));
        Expr b = shiftedXor(a, 27).times(word(0x94D049BB133111EBL));
        return shiftedXor(b, 31);
    }

    private static Expr shiftedXor(Expr z, int distance) {
        return z.apply(BinaryFn.XOR, z.apply(BinaryFn.SHR, word(distance)));
    }

    private static Expr word(long bits) {
        return Expr.constant(DType.U64, bits);
    }
}
