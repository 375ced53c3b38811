package dev.quern.backend;

/// How many bits of their operands products and convolutions in `f32` use, on a backend that has units for fewer
/// (`cuda`). Sums are `f32` throughout. Others compute as [#F32] whatever is asked for.
///
/// With operands rounded to nearest, each by a relative error of at most u ([#unitRoundoff()]), a sum of k products
/// a·b is off by at most ((1 + u)² − 1 + k · 2⁻²³) · Σ|a|·|b|.
public enum ProductPrecision {
    /// Operands as they are, fused multiply-add in the order that kernels say: the bits of `cpu`.
    F32(24),
    /// 11 bits, exponents as `f32`.
    TF32(11),
    /// 8 bits, exponents as `f32`.
    BF16(8),
    /// 11 bits; operands above 65504 become infinite, those below 6·10⁻⁵ lose bits.
    F16(11);

    private final int significantBits;

    ProductPrecision(int significantBits) {
        this.significantBits = significantBits;
    }

    /// The largest relative error of an operand that is a normal number of the format.
    public double unitRoundoff() {
        return this == F32 ? 0 : Math.scalb(1.0, -significantBits);
    }
}
