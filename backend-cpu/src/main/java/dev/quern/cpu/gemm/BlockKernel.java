package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;

/// Multiplies packed panels into a block of sums.
public interface BlockKernel {

    /// Scratch arrays that a kernel may use for itself: those from here on.
    int SCRATCH = 4;

    /// How operands are packed for it.
    Tile tile();

    /// Told that blocks of this many rows will be multiplied.
    default void prepare(int rows) {}

    /// `c[i][j] += Σ a[i][p] · b[p][j]` for a range of `k` values of p, ascending, by fused multiply-add; the sums
    /// start at 0 where `first`.
    ///
    /// @param a packed rows
    /// @param aAt where p = 0 of the first panel is
    /// @param kTotal the k that A and B were packed with: panels of A are `rows of a panel · kTotal` apart
    /// @param kFrom the first p; earlier ones are in the sums already
    /// @param b packed columns; panel q is at `bAt + q · columns of a panel · kTotal`
    /// @param columns a multiple of the width of a panel
    /// @param c element (i, j) at `i · columns + j`
    void multiply(
            Scratch scratch,
            float[] a,
            int aAt,
            int rows,
            float[] b,
            int bAt,
            int columns,
            int kTotal,
            int kFrom,
            int k,
            boolean first,
            float[] c);
}
