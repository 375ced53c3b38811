package dev.quern.cpu.window;

import dev.quern.cpu.gemm.PixelProduct;
import dev.quern.cpu.gemm.Pixels;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the steps of pools, and of convolutions with one input channel for each output channel.
public final class SlidingWindows {
    private final WindowKernel kernel;
    private final Buffers buffers;
    private final Elementwise elementwise;

    public SlidingWindows(WindowKernel kernel, Buffers buffers, Elementwise elementwise) {
        this.kernel = kernel;
        this.buffers = buffers;
        this.elementwise = elementwise;
    }

    /// Whether `k` is a depth-wise convolution that these loops suit, if its weights are constant.
    public static boolean fits(Kernel.Convolve k) {
        Kernel.Geometry g = k.geometry();
        return g.featureGroups() == k.input().dim(1)
                && g.featureGroups() == k.output().dim(1)
                && k.weights().dtype() == DType.F32
                && k.accumulate() == DType.F32
                && k.inputZero() == null
                && k.weightsZero() == null
                && g.batchGroups() == 1
                && g.inputDilations().stream().allMatch(d -> d == 1)
                && !PixelProduct.asksForPlaces(k.epilogue())
                && fits(k.input(), k.output());
    }

    public static boolean fits(Kernel.Window k) {
        return k.indices() == null && fits(k.input(), k.output());
    }

    private static boolean fits(View input, View output) {
        return input.dtype() == DType.F32
                && (input.rank() == 3 || input.rank() == 4)
                && input.dim(1) >= WindowKernel.LEAST_CHANNELS
                && input.length() > 0
                && output.length() > 0
                && Arrays.stream(input.strides()).allMatch(s -> s >= 0);
    }

    /// What packed weights depend on.
    private record Form(View window) {}

    /// The steps of a depth-wise convolution whose weights are `weights`.
    public List<Step> steps(Kernel.Convolve k, Constant weights) {
        float[] packed = weights.form(new Form(k.weights().on(0)), form -> packed(form.window(), weights));
        return steps(
                Fold.WEIGHTED, Pixels.of(k), packed, null, k.epilogueOperands(), k.epilogue(), k.input(), k.output());
    }

    public List<Step> steps(Kernel.Window k) {
        boolean max = k.reducer() == Kernel.WindowReducer.MAX;
        Fold fold = max ? Fold.MAX : Fold.SUM;
        float[] counts = k.reducer() == Kernel.WindowReducer.AVERAGE ? counts(k) : null;
        Expr same = Expr.arg(0, DType.F32);
        return steps(fold, Pixels.of(k, fold.start()), new float[0], counts, List.of(), same, k.input(), k.output());
    }

    private List<Step> steps(
            Fold fold,
            Pixels pixels,
            float[] weights,
            float @Nullable [] counts,
            List<View> operands,
            Expr epilogue,
            View input,
            View output) {
        List<Step> steps = new ArrayList<>();
        int from = input.buffer();
        if (pixels.copies()) {
            from = buffers.shared(0, pixels.arrayLength());
            steps.add(pixels.copyInto(from));
        }
        int channels = input.dim(1);
        int positions = input.dim(0) * pixels.positions();
        Epilogue last = PixelProduct.epilogue(
                epilogue, operands, output, channels, positions, elementwise, SlidingStep.EPILOGUE);
        View target = epilogue.equals(Expr.arg(0, DType.F32)) ? line(output) : null;
        steps.add(new SlidingStep(kernel, fold, pixels, from, weights, counts, input.dim(0), channels, last, target));
        return steps;
    }

    /// `output` as [n, c, positions], or `null` where its channels are no neighbours or its positions not evenly
    /// spaced.
    private static @Nullable View line(View output) {
        if (output.dtype() != DType.F32 || output.stride(1) != 1) {
            return null;
        }
        int[] spatial = Arrays.copyOfRange(output.dims(), 2, output.rank());
        int positions = Arrays.stream(spatial).reduce(1, (a, b) -> a * b);
        return output.reshape(output.dim(0), output.dim(1), positions);
    }

    /// [c, 1, taps…] as [taps, c].
    private static float[] packed(View view, Constant weights) {
        float[] from = (float[]) weights.tensor().array();
        int channels = view.dim(0);
        int columns = view.dim(view.rank() - 1);
        int rows = view.rank() == 4 ? view.dim(2) : 1;
        int rowStride = view.rank() == 4 ? view.stride(2) : 0;
        float[] to = new float[rows * columns * channels];
        for (int t = 0; t < rows * columns; t++) {
            int at = view.offset() + t / columns * rowStride + t % columns * view.stride(view.rank() - 1);
            for (int c = 0; c < channels; c++) {
                to[t * channels + c] = from[at + c * view.stride(0)];
            }
        }
        return to;
    }

    /// How many taps an average divides by, at each position.
    private static float[] counts(Kernel.Window k) {
        int axes = k.taps().size();
        int[] rows = axes == 1 ? new int[] {1} : counts(k, 0);
        int[] columns = counts(k, axes - 1);
        float[] counts = new float[rows.length * columns.length];
        for (int p = 0; p < counts.length; p++) {
            counts[p] = rows[p / columns.length] * columns[p % columns.length];
        }
        return counts;
    }

    private static int[] counts(Kernel.Window k, int axis) {
        int[] counts = new int[k.output().dim(axis + 2)];
        int end = k.input().dim(axis + 2) + (k.countPadding() ? k.padHigh().get(axis) : 0);
        int begin = k.countPadding() ? Integer.MIN_VALUE : 0;
        for (int i = 0; i < counts.length; i++) {
            for (int tap = 0; tap < k.taps().get(axis); tap++) {
                int at = i * k.strides().get(axis)
                        + tap * k.dilations().get(axis)
                        - k.padLow().get(axis);
                counts[i] += at >= begin && at < end ? 1 : 0;
            }
        }
        return counts;
    }
}
