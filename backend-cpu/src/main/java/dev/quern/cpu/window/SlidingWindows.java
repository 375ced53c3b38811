package dev.quern.cpu.window;

import dev.quern.cpu.gemm.Ending;
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
import java.util.Optional;
import java.util.stream.IntStream;
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

    /// Whether a depth-wise convolution that [fits][#fits] may leave out what meets the padding: nothing is lost
    /// where all weights are finite.
    public static boolean fits(Kernel.Convolve k, Constant weights) {
        return fits(k)
                && weights.form(
                        new AllFinite(),
                        key -> finite((float[]) weights.tensor().array()));
    }

    /// Whether all weights are finite.
    private record AllFinite() {}

    private static boolean finite(float[] all) {
        float sum = 0;
        for (float x : all) {
            sum += x * 0;
        }
        return sum == 0;
    }

    /// The steps of a depth-wise convolution whose weights are `weights`.
    public List<Step> steps(Kernel.Convolve k, Constant weights) {
        int taps = k.weights().length() / k.weights().dim(0);
        int channels = k.input().dim(1);
        float[] packed = weights.form(
                new Form(k.weights().on(0)), form -> ChannelBlocks.of(packed(form.window(), weights), channels, taps));
        Pixels pixels = Pixels.cut(k);
        boolean meets = pixels.rows().alwaysMeets() && pixels.columns().alwaysMeets();
        Optional<Ending> ending = meets ? ending(k) : Optional.empty();
        View operand = ending.isEmpty() ? null : operand(k, Ending.Operand.COLUMN);
        View number = ending.isEmpty() ? null : operand(k, Ending.Operand.NUMBER);
        SlidingWindow window = new SlidingWindow(
                Fold.WEIGHTED,
                channels,
                taps,
                pixels.columns().taps(),
                pixels.columns().step() * pixels.columnStep(),
                pixels.rows().step() * pixels.rowStep(),
                packed,
                ending.orElse(null),
                operand == null ? -1 : operand.offset());
        return steps(
                window,
                pixels,
                null,
                k.epilogueOperands(),
                k.epilogue(),
                k.input(),
                k.output(),
                operand == null ? -1 : operand.buffer(),
                number);
    }

    /// The epilogue as the kernel's own, where there is one and results can be stored at once.
    private Optional<Ending> ending(Kernel.Convolve k) {
        boolean stored = line(k.output()) != null || planes(k.output()) != null;
        List<Ending.Operand> kinds =
                k.epilogueOperands().stream().map(SlidingWindows::kind).toList();
        return isSame(k.epilogue()) || !stored ? Optional.empty() : kernel.ending(k.epilogue(), kinds);
    }

    /// How an operand [n, c, spatial…] lies beside the results.
    private static Ending.Operand kind(View v) {
        boolean repeated = v.dtype() == DType.F32
                && IntStream.range(0, v.rank()).allMatch(axis -> axis == 1 || v.stride(axis) == 0 || v.dim(axis) == 1);
        return !repeated || v.stride(1) > 1
                ? Ending.Operand.ELEMENT
                : v.stride(1) == 1 ? Ending.Operand.COLUMN : Ending.Operand.NUMBER;
    }

    private static @Nullable View operand(Kernel.Convolve k, Ending.Operand kind) {
        return k.epilogueOperands().stream()
                .filter(v -> kind(v) == kind)
                .findFirst()
                .orElse(null);
    }

    private static boolean isSame(Expr epilogue) {
        return epilogue.equals(Expr.arg(0, DType.F32));
    }

    public List<Step> steps(Kernel.Window k) {
        boolean max = k.reducer() == Kernel.WindowReducer.MAX;
        Fold fold = max ? Fold.MAX : Fold.SUM;
        float[] counts = k.reducer() == Kernel.WindowReducer.AVERAGE ? counts(k) : null;
        Expr same = Expr.arg(0, DType.F32);
        Pixels pixels = Pixels.cut(k, fold.start());
        SlidingWindow window = new SlidingWindow(
                fold,
                k.input().dim(1),
                pixels.rows().taps() * pixels.columns().taps(),
                pixels.columns().taps(),
                pixels.columns().step() * pixels.columnStep(),
                pixels.rows().step() * pixels.rowStep(),
                new float[0],
                null,
                -1);
        return steps(window, pixels, counts, List.of(), same, k.input(), k.output(), -1, null);
    }

    private List<Step> steps(
            SlidingWindow window,
            Pixels pixels,
            float @Nullable [] counts,
            List<View> operands,
            Expr epilogue,
            View input,
            View output,
            int operandBuffer,
            @Nullable View number) {
        List<Step> steps = new ArrayList<>();
        int from = input.buffer();
        if (pixels.copies()) {
            from = buffers.shared(0, pixels.arrayLength());
            steps.add(pixels.copyInto(from, elementwise.transposer()));
        }
        int positions = input.dim(0) * pixels.positions();
        boolean ended = window.ending() != null || isSame(epilogue);
        View target = ended ? line(output) : null;
        View turned = ended ? planes(output) : null;
        Epilogue last = target != null || turned != null
                ? null
                : PixelProduct.epilogue(
                        epilogue, operands, output, window.channels(), positions, elementwise, SlidingStep.EPILOGUE);
        steps.add(new SlidingStep(
                kernel,
                window,
                pixels,
                from,
                counts,
                input.dim(0),
                last,
                target,
                turned,
                elementwise.transposer(),
                operandBuffer,
                number));
        return steps;
    }

    /// `output` as [n, c, positions], or `null` where its channels are no neighbours or its positions not evenly
    /// spaced.
    private static @Nullable View line(View output) {
        return output.stride(1) == 1 ? positions(output) : null;
    }

    /// The same where the positions of a channel are neighbours and channels apart.
    private static @Nullable View planes(View output) {
        View view = output.stride(1) > 1 ? positions(output) : null;
        return view != null && view.stride(2) == 1 ? view : null;
    }

    private static @Nullable View positions(View output) {
        if (output.dtype() != DType.F32) {
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
