package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Convolve kernel of any type, rank and geometry: a unit is one row of the output along its last axis, or a block of
/// a long one.
public final class ConvolveStep implements Step {
    private final Kernel.Convolve kernel;
    private final Kernel.Geometry geometry;
    private final @Nullable View inZero;
    private final @Nullable View weightsZero;
    private final BlockMap epilogue;
    private final int spatial;
    private final int last;
    private final int width;
    private final int blocks;
    private final int units;
    private final int channels;
    private final int taps;

    public ConvolveStep(Kernel.Convolve kernel) {
        this.kernel = kernel;
        geometry = kernel.geometry();
        inZero = kernel.inputZero() == null
                ? null
                : kernel.inputZero().expand(kernel.input().dims());
        weightsZero = kernel.weightsZero() == null
                ? null
                : kernel.weightsZero().expand(kernel.weights().dims());
        int[] dims = kernel.output().dims();
        spatial = dims.length - 2;
        last = dims.length - 1;
        width = dims[last];
        blocks = Math.ceilDiv(width, Block.SIZE);
        units = ReduceStep.product(dims, 0, last) * blocks;
        channels = kernel.weights().dim(1);
        taps = ReduceStep.product(kernel.weights().dims(), 2, last);
        epilogue =
                new BlockMap(dims, List.of(kernel.epilogue()), 1, kernel.epilogueOperands(), List.of(kernel.output()));
    }

    @Override
    public int units() {
        return units;
    }

    @Override
    public long nanosPerUnit() {
        return 100 + (long) channels * taps * kernel.weights().dim(last) * (20 + Math.min(width, Block.SIZE) / 2);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Block block = epilogue.block(scratch, 0);
        int state = epilogue.state(0);
        int accumulator = state < 0 ? epilogue.registers() + ProductRow.REGISTERS : state;
        ProductRow row = new ProductRow(block, kernel.accumulate(), accumulator, epilogue.registers());
        for (int unit = from; unit < to; unit++) {
            int start = unit % blocks * Block.SIZE;
            int count = Math.min(Block.SIZE, width - start);
            int line = unit / blocks;
            row.clear(count);
            convolve(workspace, row, line, start, count);
            row.finish(count);
            epilogue.run(workspace, block, line * width + start, count);
        }
    }

    private void convolve(Workspace w, ProductRow row, int line, int start, int count) {
        View output = kernel.output();
        int[] at = new int[last];
        for (int axis = last - 1, rest = line; axis >= 0; axis--) {
            at[axis] = rest % output.dim(axis);
            rest /= output.dim(axis);
        }
        int o = at[1];
        int outputs = output.dim(1);
        int image = at[0] + o / (outputs / geometry.batchGroups()) * output.dim(0);
        int firstChannel = o / (outputs / geometry.featureGroups()) * channels;
        int[] tap = new int[last];
        for (int c = 0; c < channels; c++) {
            for (int t = 0; t < taps; t++) {
                for (int axis = last - 1, rest = t; axis >= 2; axis--) {
                    tap[axis] = rest % kernel.weights().dim(axis);
                    rest /= kernel.weights().dim(axis);
                }
                addTaps(w, row, image, firstChannel + c, o, c, at, tap, start, count);
            }
        }
    }

    /// Adds all taps along the last axis, for one position of the others.
    private void addTaps(
            Workspace w,
            ProductRow row,
            int image,
            int channel,
            int o,
            int c,
            int[] at,
            int[] tap,
            int start,
            int count) {
        View in = kernel.input();
        View weights = kernel.weights();
        int inAt = in.offset() + image * in.stride(0) + channel * in.stride(1);
        int inZeroAt = inZero == null ? 0 : inZero.offset() + image * inZero.stride(0) + channel * inZero.stride(1);
        int weightAt = weights.offset() + o * weights.stride(0) + c * weights.stride(1);
        int weightZeroAt =
                weightsZero == null ? 0 : weightsZero.offset() + o * weightsZero.stride(0) + c * weightsZero.stride(1);
        boolean inside = true;
        for (int axis = 2; axis < last; axis++) {
            int p = source(axis, at[axis], tap[axis]);
            inside &= p >= 0;
            inAt += p * in.stride(axis);
            inZeroAt += inZero == null ? 0 : p * inZero.stride(axis);
            weightAt += tap[axis] * weights.stride(axis);
            weightZeroAt += weightsZero == null ? 0 : tap[axis] * weightsZero.stride(axis);
        }
        for (int t = 0; t < weights.dim(last); t++) {
            if (inside) {
                loadRow(w, row, inAt, inZeroAt, t, start, count);
            } else {
                row.zero(0, count);
            }
            int zeroAt = weightsZero == null ? 0 : weightZeroAt + t * weightsZero.stride(last);
            row.add(w, weights, weightAt + t * weights.stride(last), weightsZero, zeroAt, count);
        }
    }

    private void loadRow(Workspace w, ProductRow row, int inAt, int inZeroAt, int t, int start, int count) {
        View in = kernel.input();
        int dilation = geometry.inputDilations().get(spatial - 1);
        int stride = dilation == 1 ? geometry.strides().get(spatial - 1) : 0;
        for (int x = 0; x < count; ) {
            int p = source(last, start + x, t);
            int run = 1;
            if (p < 0) {
                row.zero(x, x + 1);
            } else {
                if (dilation == 1) {
                    run = Math.min(count - x, (in.dim(last) - 1 - p) / stride + 1);
                }
                row.load(w, in, inAt + p * in.stride(last), stride * in.stride(last), x, run);
                if (inZero != null) {
                    row.shift(w, inZero, inZeroAt + p * inZero.stride(last), stride * inZero.stride(last), x, run);
                }
            }
            x += run;
        }
    }

    /// The position of the input that an output position meets at a tap, or −1 where that is padding.
    private int source(int axis, int position, int tap) {
        int i = axis - 2;
        int p = position * geometry.strides().get(i)
                + tap * geometry.dilations().get(i)
                - geometry.padLow().get(i);
        int dilation = geometry.inputDilations().get(i);
        return p < 0 || p % dilation != 0 || p / dilation >= kernel.input().dim(axis) ? -1 : p / dilation;
    }
}
