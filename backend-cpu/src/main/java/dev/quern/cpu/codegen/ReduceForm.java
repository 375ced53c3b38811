package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;

/// How generated kernels visit the elements of a reduction.
sealed interface ReduceForm permits RowForm, ColumnForm {
    /// The most elements between two questions whether to stop.
    int PATIENCE = 1 << 20;

    /// Scratch arrays: the states are the first two, these come after them.
    int LANES = 2;

    /// Whether every kernel that it needs is the faster one by now.
    boolean isReady();

    /// Told that the interpreter has worked about this long.
    void worked(long nanos);

    /// Finds the states of kept positions `start` to `start + n`: state k of position p in element `p − start` of
    /// scratch array k.
    void reduce(Workspace workspace, Scratch scratch, int start, int n);

    /// A scratch array of elements of `type`, which is `f32` or `f64`.
    static Object array(Scratch scratch, DType type, int index, int length) {
        return type == DType.F64 ? scratch.doubles(index, length) : scratch.floats(index, length);
    }

    /// The loops over kept positions, and where the operands stand in them.
    static Nest kept(Kernel.Reduce kernel) {
        View first = kernel.operands().getFirst();
        int split = first.rank() - kernel.reducedRank();
        return Nest.of(
                Arrays.copyOf(first.dims(), split),
                kernel.operands().stream()
                        .map(v -> axes(v, 0, split, v.offset()))
                        .toList());
    }

    /// The loops over reduced positions, and where the operands stand in them, seen from a kept position.
    static Nest reduced(Kernel.Reduce kernel) {
        View first = kernel.operands().getFirst();
        int split = first.rank() - kernel.reducedRank();
        return Nest.of(
                Arrays.copyOfRange(first.dims(), split, first.rank()),
                kernel.operands().stream().map(v -> axes(v, split, v.rank(), 0)).toList());
    }

    /// The axes `from` to `to` of a window, from its first element on.
    private static View axes(View view, int from, int to, int offset) {
        return View.of(
                view.buffer(),
                view.dtype(),
                offset,
                Arrays.copyOfRange(view.dims(), from, to),
                Arrays.copyOfRange(view.strides(), from, to));
    }

    /// Divides elements `from` to `to` by `count`.
    static void divide(Object values, int from, int to, int count) {
        switch (values) {
            case float[] x -> {
                for (int i = from; i < to; i++) {
                    x[i] /= count;
                }
            }
            case double[] x -> {
                for (int i = from; i < to; i++) {
                    x[i] /= count;
                }
            }
            default -> throw new IllegalArgumentException("no means of " + values.getClass());
        }
    }
}
