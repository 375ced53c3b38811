package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// A batch of matrices in the last two axes of a view.
///
/// @param batches the loops over the batch
/// @param matrices how many different matrices the batch has: 1 where it repeats one
record Matrices(Side side, View view, Nest batches, int matrices, int lines, int lineStride, int k, int kStride)
        implements Packable {

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

    /// Whether the rows (of A: its lines; of B: its values of k) lie in order, one after another.
    boolean hasStoredRows() {
        return rowStep() > 0 && (side == Side.A ? kStride : lineStride) == 1;
    }

    /// The distance between two rows.
    int rowStep() {
        return side == Side.A ? lineStride : kStride;
    }

    @Override
    public int matrix(int batch) {
        return matrices == 1 ? 0 : batch;
    }

    @Override
    public void pack(Packing packing, float[] from, int matrix, int first, int count, float[] to, int toAt) {
        int at = batches.address(0, matrix) + first * lineStride;
        switch (side) {
            case A -> packing.packA(from, at, lineStride, kStride, count, k, to, toAt);
            case B -> packing.packB(from, at, kStride, lineStride, k, count, to, toAt);
        }
    }
}
