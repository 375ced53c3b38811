package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// The weights [o, c, taps…] of a convolution as operand A: a row for each output channel, k over (c, taps…); a matrix
/// for each group.
final class Weights implements Packable {
    private final View view;
    private final int matrices;

    /// Where k = 0, 1, … is, seen from the row's first element.
    private final int[] offsets;

    private Weights(View view, int matrices, int[] offsets) {
        this.view = view;
        this.matrices = matrices;
        this.offsets = offsets;
    }

    static Weights of(View view, int groups) {
        int[] dims = Arrays.copyOfRange(view.dims(), 1, view.rank());
        int[] strides = Arrays.copyOfRange(view.strides(), 1, view.rank());
        Nest nest = Nest.of(dims, List.of(View.of(view.buffer(), view.dtype(), 0, dims, strides)));
        int[] offsets = new int[nest.length()];
        Arrays.setAll(offsets, p -> nest.address(0, p));
        return new Weights(view, groups, offsets);
    }

    @Override
    public Side side() {
        return Side.A;
    }

    @Override
    public View view() {
        return view;
    }

    @Override
    public int matrices() {
        return matrices;
    }

    @Override
    public int lines() {
        return view.dim(0) / matrices;
    }

    @Override
    public int k() {
        return offsets.length;
    }

    /// Products are numbered by image, then group.
    @Override
    public int matrix(int batch) {
        return batch % matrices;
    }

    @Override
    public void pack(Tile tile, float[] from, int matrix, int first, int count, float[] to, int toAt) {
        int k = k();
        for (int done = 0; done < count; done += tile.rows()) {
            int rows = Math.min(tile.rows(), count - done);
            for (int i = 0; i < rows; i++) {
                int at = view.offset() + (matrix * lines() + first + done + i) * view.stride(0);
                int target = toAt + done * k + i;
                for (int p = 0; p < k; p++) {
                    to[target + p * rows] = from[at + offsets[p]];
                }
            }
        }
    }
}
