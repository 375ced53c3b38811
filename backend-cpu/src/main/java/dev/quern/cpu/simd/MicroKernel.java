package dev.quern.cpu.simd;

/// The innermost loop of a matrix product: a tile of the output in registers, k ascending.
///
/// `c[i][j] = init[i][j] + Σ a[p][i] · b[p][j]`, one fused multiply-add for each p in turn.
public interface MicroKernel {

    /// Computes one tile.
    ///
    /// @param k how many products are summed
    /// @param a a packed panel of rows: element (p, i) at `aAt + p · rows + i`
    /// @param b element (p, j) of panel q at `bAt + q · bPanel + p · width of a panel + j`
    /// @param bPanel from one panel to the next
    /// @param init where the sums start: element (i, j) at `initAt + i · initStep + j`
    /// @param c where they go: element (i, j) at `cAt + i · cStep + j`; may be `init` itself
    void run(
            int k,
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int bPanel,
            float[] init,
            int initAt,
            int initStep,
            float[] c,
            int cAt,
            int cStep);
}
