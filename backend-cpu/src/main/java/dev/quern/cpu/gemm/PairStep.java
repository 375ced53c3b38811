package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Constant;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Makes [pairs][PairKernels] of an operand of bytes, along one axis, which becomes the innermost: a *line* is what
/// differs in that axis only. A line of odd length ends with a 0.
final class PairStep implements Step {
    private static final int BYTES_PER_UNIT = 8192;

    private final SmallIntegers operand;
    private final int axis;
    private final int buffer;
    private final PairKernels kernels;
    private final int count;
    private final int pairs;
    private final Nest lines;

    /// Whether line follows line without gaps, all less one zero point.
    private final boolean flat;

    private final int linesPerUnit;

    private PairStep(SmallIntegers operand, int axis, int buffer, PairKernels kernels) {
        this.operand = operand;
        this.axis = axis;
        this.buffer = buffer;
        this.kernels = kernels;
        View view = operand.view();
        View zero = operand.zero() == null ? view : operand.zero();
        count = view.dim(axis);
        pairs = Math.ceilDiv(count, 2);
        View first = view.slice(axis, 0, Math.min(1, count), 1);
        lines = Nest.of(first.dims(), List.of(first, zero.slice(axis, 0, Math.min(1, count), 1)));
        flat = view.stride(axis) == 1
                && count % 2 == 0
                && lines.rank() == 1
                && (lines.innerStride(0) == count || lines.length() == 1)
                && (operand.zero() == null || (lines.innerStride(1) == 0 && zero.stride(axis) == 0));
        linesPerUnit = Math.max(1, BYTES_PER_UNIT / Math.max(1, count));
    }

    /// What the pairs of a constant depend on.
    private record Form(
            View window,
            @Nullable View zeroWindow,
            @Nullable Constant zeros,
            int axis) {}

    /// The pairs of a constant less a constant zero point.
    static Constant ofConstant(
            Constant constant, @Nullable Constant zeros, SmallIntegers operand, int axis, PairKernels kernels) {
        View zero = operand.zero();
        Form form = new Form(operand.view().on(0), zero == null ? null : zero.on(0), zeros, axis);
        return constant.form(form, ignored -> {
            PairStep step = new PairStep(operand, axis, -1, kernels);
            float[] to = new float[step.length()];
            byte[] none = (byte[]) constant.tensor().array();
            step.lines(none, zeros == null ? none : (byte[]) zeros.tensor().array(), to, 0, step.lines.length());
            return new Constant(Tensor.wrap(DType.F32, to, to.length));
        });
    }

    /// The step that fills a shared buffer in every run.
    static PairStep inBuffer(SmallIntegers operand, int axis, int buffer, PairKernels kernels) {
        return new PairStep(operand, axis, buffer, kernels);
    }

    /// How many pairs there are.
    static int length(SmallIntegers operand, int axis) {
        View view = operand.view();
        int length = Math.ceilDiv(view.dim(axis), 2);
        for (int i = 0; i < view.rank(); i++) {
            length = i == axis ? length : Math.multiplyExact(length, view.dim(i));
        }
        return length;
    }

    private int length() {
        return length(operand, axis);
    }

    /// The pairs in `buffer`, with the axes of the operand.
    static View view(SmallIntegers operand, int axis, int buffer) {
        View view = operand.view();
        int rank = view.rank();
        int[] order = IntStream.concat(IntStream.range(0, rank).filter(i -> i != axis), IntStream.of(axis))
                .toArray();
        int[] dims = view.dims();
        dims[axis] = Math.ceilDiv(dims[axis], 2);
        return SmallIntegers.dense(buffer, dims, order);
    }

    @Override
    public int units() {
        return Math.ceilDiv(lines.length(), linesPerUnit);
    }

    @Override
    public long nanosPerUnit() {
        return 50 + (long) linesPerUnit * count / (operand.view().stride(axis) == 1 ? 16 : 1);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        View zero = operand.zero();
        byte[] bytes = (byte[]) workspace.array(operand.view().buffer());
        lines(
                bytes,
                zero == null ? bytes : (byte[]) workspace.array(zero.buffer()),
                workspace.floats(buffer),
                from * linesPerUnit,
                Math.min(lines.length(), to * linesPerUnit));
    }

    private void lines(byte[] from, byte[] zeros, float[] to, int first, int end) {
        View zero = operand.zero();
        boolean signed = operand.view().dtype() == DType.I8;
        if (flat && first < end) {
            int at = lines.address(0, first);
            int less = zero == null ? 0 : number(zeros[lines.address(1, first)], zero.dtype());
            int bytes = (end - first) * count;
            int done = kernels.widen(from, at, bytes, signed, less, to, first * pairs);
            pairs(from, at + done, 1, bytes - done, less, to, first * pairs + done / 2);
            return;
        }
        int step = operand.view().stride(axis);
        for (int line = first; line < end; line++) {
            int at = lines.address(0, line);
            int target = line * pairs;
            if (zero != null && zero.stride(axis) != 0) {
                each(from, at, step, zeros, lines.address(1, line), zero, to, target);
                continue;
            }
            int less = zero == null ? 0 : number(zeros[lines.address(1, line)], zero.dtype());
            int done = step == 1 ? kernels.widen(from, at, count, signed, less, to, target) : 0;
            pairs(from, at + done * step, step, count - done, less, to, target + done / 2);
        }
    }

    private static int number(byte bits, DType type) {
        return type == DType.I8 ? bits : bits & 0xFF;
    }

    private void pairs(byte[] from, int at, int step, int n, int zero, float[] to, int target) {
        DType type = operand.view().dtype();
        for (int i = 0; i < n; i += 2) {
            int low = number(from[at + i * step], type) - zero;
            int high = i + 1 < n ? number(from[at + (i + 1) * step], type) - zero : 0;
            to[target + i / 2] = pair(low, high);
        }
    }

    /// A line whose elements have zero points of their own.
    private void each(byte[] from, int at, int step, byte[] zeros, int zeroAt, View zero, float[] to, int target) {
        DType type = operand.view().dtype();
        for (int i = 0; i < count; i += 2) {
            int low = number(from[at + i * step], type) - number(zeros[zeroAt + i * zero.stride(axis)], zero.dtype());
            int next = i + 1;
            int high = next < count
                    ? number(from[at + next * step], type)
                            - number(zeros[zeroAt + next * zero.stride(axis)], zero.dtype())
                    : 0;
            to[target + i / 2] = pair(low, high);
        }
    }

    private static float pair(int low, int high) {
        return Float.intBitsToFloat(high << Short.SIZE | low & 0xFFFF);
    }
}
