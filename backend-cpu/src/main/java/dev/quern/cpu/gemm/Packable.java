package dev.quern.cpu.gemm;

import dev.quern.kernel.View;

/// An operand of a product before it is packed: matrices seen as lines (the rows of A, the columns of B) of k elements.
interface Packable {

    /// Which operand it is.
    enum Side {
        A,
        B
    }

    Side side();

    /// Where the elements are.
    View view();

    /// How many different matrices there are.
    int matrices();

    /// Which matrix the product number `batch` takes.
    int matrix(int batch);

    /// How many lines a matrix has.
    int lines();

    int k();

    /// Packs lines `first` to `first + count` of a matrix.
    void pack(Packing packing, float[] from, int matrix, int first, int count, float[] to, int toAt);

    /// Floats that `count` lines take when packed.
    default int packedLength(Tile tile, int count) {
        return side() == Side.A ? Math.multiplyExact(count, k()) : Panels.lengthOfB(tile, k(), count);
    }
}
