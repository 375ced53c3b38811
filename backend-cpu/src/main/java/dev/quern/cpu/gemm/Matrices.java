package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// A batch of matrices in a view, seen as lines (the rows of A, the columns of B) of k elements each.
///
/// @param side which operand it is
/// @param batches the loops over the batch
/// @param distinct how many different matrices the batch has: 1 where it repeats one
/// @param lines how many lines a matrix has
record Matrices(Side side, View view, Nest batches, int distinct, int lines, int lineStride, int k, int kStride) {

    enum Side {
        A,
        B
    }

    /// Operand A: [batch…, lines, k].
    static Matrices ofA(View view) {
        int rank = view.rank();
        return of(Side.A, view, rank - 2, rank - 1);
    }

    /// Operand B: [batch…, k, lines].
    static Matrices ofB(View view) {
        int rank = view.rank();
        return of(Side.B, view, rank - 1, rank - 2);
    }

    private static Matrices of(Side side, View view, int lineAxis, int kAxis) {
        int rank = view.rank() - 2;
        View outer = View.of(
                view.buffer(),
                view.dtype(),
                view.offset(),
                Arrays.copyOf(view.dims(), rank),
                Arrays.copyOf(view.strides(), rank));
        boolean repeats = true;
        for (int axis = 0; axis < rank; axis++) {
            repeats &= outer.stride(axis) == 0 || outer.dim(axis) == 1;
        }
        Nest batches = Nest.of(outer.dims(), List.of(outer));
        return new Matrices(
                side,
                view,
                batches,
                repeats ? Math.min(1, batches.length()) : batches.length(),
                view.dim(lineAxis),
                view.stride(lineAxis),
                view.dim(kAxis),
                view.stride(kAxis));
    }

    /// Floats that one packed matrix takes.
    int packedLength(Tile tile) {
        return packedLength(tile, lines);
    }

    int packedLength(Tile tile, int count) {
        return side == Side.A ? Math.multiplyExact(count, k) : Panels.lengthOfB(tile, k, count);
    }

    /// Packs lines `first` to `first + count` of matrix `batch`.
    void pack(Tile tile, float[] from, int batch, int first, int count, float[] to, int toAt) {
        int at = batches.address(0, batch) + first * lineStride;
        switch (side) {
            case A -> Panels.packA(tile, from, at, lineStride, kStride, count, k, to, toAt);
            case B -> Panels.packB(tile, from, at, kStride, lineStride, k, count, to, toAt);
        }
    }
}
