package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.IntegerMath;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import java.util.Arrays;

/// A Window kernel of any type and rank: a unit is one row of the output along its last axis, or a block of a long one.
/// Taps are taken in row-major order.
public final class WindowStep implements Step {
    private static final int RESULT = 0;
    private static final int ROW = 1;
    private static final int INDEX = 2;
    private static final int REAL_TAPS = 3;
    private static final int PADDED_TAPS = 4;

    private final Kernel.Window kernel;
    private final View input;
    private final View output;
    private final DType type;
    private final File file;
    private final int last;
    private final int width;
    private final int blocks;
    private final int outerTaps;

    public WindowStep(Kernel.Window kernel) {
        this.kernel = kernel;
        input = kernel.input();
        output = kernel.output();
        type = input.dtype();
        file = File.of(type);
        last = output.rank() - 1;
        width = output.dim(last);
        blocks = Math.ceilDiv(width, Block.SIZE);
        int taps = 1;
        for (int i = 0; i < kernel.taps().size() - 1; i++) {
            taps *= kernel.taps().get(i);
        }
        outerTaps = taps;
    }

    @Override
    public int units() {
        return ReduceStep.product(output.dims(), 0, last) * blocks;
    }

    @Override
    public long nanosPerUnit() {
        return 100 + (long) outerTaps * kernel.taps().getLast() * (30 + Math.min(width, Block.SIZE));
    }

    @Override
    public void run(Workspace w, Scratch scratch, int from, int to) {
        Block block = new Block(scratch, 0);
        int[] at = new int[last];
        int[] tap = new int[last];
        for (int unit = from; unit < to; unit++) {
            int start = unit % blocks * Block.SIZE;
            int count = Math.min(Block.SIZE, width - start);
            int rest = unit / blocks;
            int outAt = output.offset() + start * output.stride(last);
            int indexAt = kernel.indices() == null
                    ? 0
                    : kernel.indices().offset() + start * kernel.indices().stride(last);
            for (int axis = last - 1; axis >= 0; axis--) {
                at[axis] = rest % output.dim(axis);
                rest /= output.dim(axis);
                outAt += at[axis] * output.stride(axis);
                indexAt += kernel.indices() == null
                        ? 0
                        : at[axis] * kernel.indices().stride(axis);
            }
            slide(w, block, at, tap, start, count);
            divide(block, count);
            Object target = w.array(output.buffer());
            BlockIO.store(output.dtype(), block, RESULT, 0, target, outAt, output.stride(last), count);
            if (kernel.indices() != null) {
                View indices = kernel.indices();
                Object array = w.array(indices.buffer());
                BlockIO.store(indices.dtype(), block, INDEX, 0, array, indexAt, indices.stride(last), count);
            }
        }
    }

    /// @param tap room for the place of one tap
    private void slide(Workspace w, Block block, int[] at, int[] tap, int start, int count) {
        boolean max = kernel.reducer() == Kernel.WindowReducer.MAX;
        switch (file) {
            case FLOAT -> Arrays.fill(block.floats(RESULT), 0, count, max ? Float.NEGATIVE_INFINITY : 0);
            case DOUBLE -> Arrays.fill(block.doubles(RESULT), 0, count, max ? Double.NEGATIVE_INFINITY : 0);
            case LONG -> Arrays.fill(block.longs(RESULT), 0, count, max ? Folds.identity(BinaryFn.MAX, type) : 0);
        }
        Arrays.fill(block.longs(INDEX), 0, count, -1);
        Arrays.fill(block.longs(REAL_TAPS), 0, count, 0);
        Arrays.fill(block.longs(PADDED_TAPS), 0, count, 0);
        int base = input.offset() + at[0] * input.stride(0) + at[1] * input.stride(1);
        for (int t = 0; t < outerTaps; t++) {
            int address = base;
            long plane = 0;
            boolean real = true;
            boolean padded = true;
            for (int axis = last - 1, rest = t; axis >= 2; axis--) {
                tap[axis] = rest % kernel.taps().get(axis - 2);
                rest /= kernel.taps().get(axis - 2);
            }
            for (int axis = 2; axis < last; axis++) {
                int p = source(axis, at[axis], tap[axis]);
                real &= p >= 0 && p < input.dim(axis);
                padded &= p < input.dim(axis) + kernel.padHigh().get(axis - 2);
                address += p * input.stride(axis);
                plane = plane * input.dim(axis) + p;
            }
            if (padded) {
                addTaps(w, block, address, plane, real, start, count);
            }
        }
    }

    private void addTaps(Workspace w, Block block, int address, long plane, boolean real, int start, int count) {
        int extent = input.dim(last);
        int stride = kernel.strides().get(last - 2);
        for (int tap = 0; tap < kernel.taps().get(last - 2); tap++) {
            int first = source(last, start, tap);
            int low = Math.clamp(Math.ceilDiv(-first, stride), 0, count);
            int high = Math.clamp(Math.ceilDiv(extent - first, stride), low, count);
            int paddedHigh =
                    Math.clamp(Math.ceilDiv(extent + kernel.padHigh().get(last - 2) - first, stride), 0, count);
            count(block.longs(PADDED_TAPS), 0, paddedHigh);
            if (!real || low == high) {
                continue;
            }
            count(block.longs(REAL_TAPS), low, high);
            int at = address + (first + low * stride) * input.stride(last);
            BlockIO.load(type, w.array(input.buffer()), at, stride * input.stride(last), block, ROW, low, high - low);
            if (kernel.indices() != null) {
                follow(block, plane * extent + first, stride, low, high);
            }
            combine(block, low, high);
        }
    }

    private static void count(long[] counts, int from, int to) {
        for (int i = from; i < to; i++) {
            counts[i]++;
        }
    }

    /// Notes the position of a new maximum: the first of equals, and the first NaN.
    private void follow(Block block, long firstPosition, int stride, int low, int high) {
        long[] index = block.longs(INDEX);
        for (int i = low; i < high; i++) {
            boolean larger = switch (file) {
                case FLOAT -> beats(block.floats(ROW)[i], block.floats(RESULT)[i]);
                case DOUBLE -> beats(block.doubles(ROW)[i], block.doubles(RESULT)[i]);
                case LONG -> IntegerMath.compare(type, block.longs(ROW)[i], block.longs(RESULT)[i]) > 0;
            };
            if (larger || index[i] < 0) {
                index[i] = firstPosition + (long) i * stride;
            }
        }
    }

    private static boolean beats(double x, double best) {
        return x > best || (Double.isNaN(x) && !Double.isNaN(best));
    }

    private void combine(Block block, int low, int high) {
        boolean max = kernel.reducer() == Kernel.WindowReducer.MAX;
        switch (file) {
            case FLOAT -> {
                float[] result = block.floats(RESULT);
                float[] row = block.floats(ROW);
                if (max) {
                    for (int i = low; i < high; i++) {
                        result[i] = Math.max(result[i], row[i]);
                    }
                } else {
                    for (int i = low; i < high; i++) {
                        result[i] += row[i];
                    }
                }
            }
            case DOUBLE -> {
                double[] result = block.doubles(RESULT);
                double[] row = block.doubles(ROW);
                for (int i = low; i < high; i++) {
                    result[i] = max ? Math.max(result[i], row[i]) : result[i] + row[i];
                }
            }
            case LONG -> {
                long[] result = block.longs(RESULT);
                long[] row = block.longs(ROW);
                for (int i = low; i < high; i++) {
                    boolean larger = IntegerMath.compare(type, row[i], result[i]) > 0;
                    result[i] = max ? (larger ? row[i] : result[i]) : result[i] + row[i];
                }
            }
        }
    }

    private void divide(Block block, int count) {
        if (kernel.reducer() != Kernel.WindowReducer.AVERAGE) {
            return;
        }
        long[] taps = block.longs(kernel.countPadding() ? PADDED_TAPS : REAL_TAPS);
        for (int i = 0; i < count; i++) {
            switch (file) {
                case FLOAT -> block.floats(RESULT)[i] /= taps[i];
                case DOUBLE -> block.doubles(RESULT)[i] /= taps[i];
                case LONG -> {
                    long[] result = block.longs(RESULT);
                    long sum = Conversion.wrap(type, result[i]);
                    result[i] = IntegerMath.divide(type, sum, Conversion.wrap(type, taps[i]));
                }
            }
        }
    }

    /// The position of the input that an output position meets at a tap; outside the input it is padding.
    private int source(int axis, int position, int tap) {
        int i = axis - 2;
        return position * kernel.strides().get(i)
                + tap * kernel.dilations().get(i)
                - kernel.padLow().get(i);
    }
}
