package dev.quern.cpu.gemm;

/// The tile that a block kernel computes at a time, which is how operands are packed.
///
/// @param rows rows of a panel of A
/// @param columns columns of a panel of B
public record Tile(int rows, int columns) {
    /// The layout where there are no vectors; also that of 256-bit vectors with 16 registers.
    public static final Tile DEFAULT = new Tile(6, 16);
}
