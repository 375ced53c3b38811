package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// The weights [o, c, taps…] of a convolution as an operand: a line for each output channel, k over (c, taps…); a
/// matrix for each group.
final class Weights implements Packable {
    /// Values of k that are packed for one line after another, so that their part of a panel stays in the cache.
    private static final int PART = 64;

    private final Side side;
    private final View view;
    private final int matrices;

    /// Where k = 0, 1, … is, seen from the row's first element.
    private final int[] offsets;

    private Weights(Side side, View view, int matrices, int[] offsets) {
        this.side = side;
        this.view = view;
        this.matrices = matrices;
        this.offsets = offsets;
    }

    static Weights of(Side side, View view, int groups) {
        int[] dims = Arrays.copyOfRange(view.dims(), 1, view.rank());
        int[] strides = Arrays.copyOfRange(view.strides(), 1, view.rank());
        Nest nest = Nest.of(dims, List.of(View.of(view.buffer(), view.dtype(), 0, dims, strides)));
        int[] offsets = new int[nest.length()];
        Arrays.setAll(offsets, p -> nest.address(0, p));
        return new Weights(side, view, groups, offsets);
    }

    @Override
    public Side side() {
        return side;
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
    public void pack(Packing packing, float[] from, int matrix, int first, int count, float[] to, int toAt) {
        int height = side == Side.A ? packing.tile().rows() : packing.tile().columns();
        for (int done = 0; done < count; done += height) {
            int lines = Math.min(height, count - done);
            // a last panel of B is filled up, one of A is not
            int step = side == Side.A ? lines : height;
            int target = toAt + done * k();
            for (int p = 0; p < k(); p += PART) {
                int end = Math.min(k(), p + PART);
                for (int i = 0; i < lines; i++) {
                    line(from, matrix * lines() + first + done + i, p, end, to, target + i, step);
                }
            }
            for (int p = 0; p < k() && lines < step; p++) {
                Arrays.fill(to, target + p * step + lines, target + (p + 1) * step, 0f);
            }
        }
    }

    private void line(float[] from, int line, int first, int end, float[] to, int target, int step) {
        int at = view.offset() + line * view.stride(0);
        for (int p = first; p < end; p++) {
            to[target + p * step] = from[at + offsets[p]];
        }
    }
}
