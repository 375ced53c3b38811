package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Accumulates a row of products of any type: `accumulator[j] += scalar · row[j]`, fused for floats, wrapping for
/// integers, whose zero points are taken off first. Used with a few registers beyond those of the epilogue.
final class ProductRow {
    /// How many registers it needs.
    static final int REGISTERS = 3;

    private final Block block;
    private final File file;
    private final DType accumulate;
    private final int accumulator;
    private final int row;
    private final int zeros;
    private final int scalar;

    /// @param accumulator the register of the sums
    /// @param free the first of [#REGISTERS] registers that are free
    ProductRow(Block block, DType accumulate, int accumulator, int free) {
        this.block = block;
        this.file = File.of(accumulate);
        this.accumulate = accumulate;
        this.accumulator = accumulator;
        this.row = free;
        this.zeros = free + 1;
        this.scalar = free + 2;
    }

    void clear(int n) {
        fill(accumulator, 0, n);
    }

    private void fill(int register, int from, int to) {
        switch (file) {
            case FLOAT -> Arrays.fill(block.floats(register), from, to, 0f);
            case DOUBLE -> Arrays.fill(block.doubles(register), from, to, 0.0);
            case LONG -> Arrays.fill(block.longs(register), from, to, 0L);
        }
    }

    /// Makes elements `from` to `to` of the row zero.
    void zero(int from, int to) {
        if (from < to) {
            fill(row, from, to);
        }
    }

    /// Loads elements `at` to `at + n` of the row.
    void load(Workspace w, View view, int address, int stride, int at, int n) {
        load(w, view, address, stride, row, at, n);
    }

    /// Loads elements of any type as the accumulator's.
    private void load(Workspace w, View view, int address, int stride, int register, int at, int n) {
        BlockIO.load(view.dtype(), w.array(view.buffer()), address, stride, block, register, at, n);
        File source = File.of(view.dtype());
        if (source == file) {
            return;
        }
        for (int i = at; i < at + n; i++) {
            switch (file) {
                case FLOAT ->
                    block.floats(register)[i] =
                            source == File.LONG ? block.longs(register)[i] : (float) block.doubles(register)[i];
                case DOUBLE ->
                    block.doubles(register)[i] =
                            source == File.LONG ? block.longs(register)[i] : block.floats(register)[i];
                case LONG ->
                    throw new IllegalArgumentException("products of " + view.dtype() + " do not add up to integers");
            }
        }
    }

    /// Takes zero points off elements `at` to `at + n` of the row.
    void shift(Workspace w, View zero, int address, int stride, int at, int n) {
        BlockIO.load(zero.dtype(), w.array(zero.buffer()), address, stride, block, zeros, at, n);
        long[] x = block.longs(row);
        long[] z = block.longs(zeros);
        for (int i = at; i < at + n; i++) {
            x[i] -= z[i];
        }
    }

    /// Adds the row times one element to the first `n` sums.
    void add(Workspace w, View view, int address, @Nullable View zero, int zeroAddress, int n) {
        load(w, view, address, 0, scalar, 0, 1);
        switch (file) {
            case FLOAT -> add(block.floats(accumulator), block.floats(row), block.floats(scalar)[0], n);
            case DOUBLE -> {
                double[] sum = block.doubles(accumulator);
                double[] x = block.doubles(row);
                double factor = block.doubles(scalar)[0];
                for (int i = 0; i < n; i++) {
                    sum[i] = Math.fma(factor, x[i], sum[i]);
                }
            }
            case LONG -> {
                long[] sum = block.longs(accumulator);
                long[] x = block.longs(row);
                long factor = block.longs(scalar)[0];
                if (zero != null) {
                    BlockIO.load(zero.dtype(), w.array(zero.buffer()), zeroAddress, 0, block, zeros, 0, 1);
                    factor -= block.longs(zeros)[0];
                }
                for (int i = 0; i < n; i++) {
                    sum[i] += factor * x[i];
                }
            }
        }
    }

    private static void add(float[] sum, float[] x, float factor, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] = Math.fma(factor, x[i], sum[i]);
        }
    }

    /// Brings the first `n` sums into the form of their type.
    void finish(int n) {
        if (file == File.LONG) {
            long[] sum = block.longs(accumulator);
            for (int i = 0; i < n; i++) {
                sum[i] = Conversion.wrap(accumulate, sum[i]);
            }
        }
    }
}
