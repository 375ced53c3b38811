package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Products and pools of 8-bit integers as those of floats, where these are exact: a float holds every integer up to
/// 2²⁴, so nothing is rounded as long as no sum can become larger. What sums can come to is known of constant weights,
/// and of few summands; others are added up in [Pieces]. So integer products and convolutions have all forms of those
/// of floats, at their speed. Where the block kernel knows [pairs][PairKernels], products are made of those.
public final class ExactFloats {
    private static final long LARGEST = 1L << 24;

    /// The largest magnitude of an element less its zero point.
    private static final long MOST = 255;

    /// With fewer channels, as of an image, pairs do not pay.
    private static final int LEAST_CHANNELS = 8;

    /// The shared buffers that hold the operands as floats.
    private static final int LEFT = 2;

    private static final int RIGHT = 3;

    private final BlockKernel blocks;
    private final Buffers buffers;
    private final Function<Kernel.Map, Step> maps;
    private final List<Step> steps = new ArrayList<>();

    private ExactFloats(BlockKernel blocks, Buffers buffers, Function<Kernel.Map, Step> maps) {
        this.blocks = blocks;
        this.buffers = buffers;
        this.maps = maps;
    }

    /// A kernel of floats, with the steps that make its operands and those that end it.
    ///
    /// @param blocks multiplies what the kernel calls floats
    public record Prepared(List<Step> before, Kernel kernel, List<Step> after, BlockKernel blocks) {}

    /// A constant operand as floats.
    ///
    /// @param sum the largest sum of magnitudes
    private record Floats(Constant constant, long sum) {}

    /// What those depend on besides the constant.
    private record Form(
            View window,
            @Nullable View zeroWindow,
            @Nullable Constant zero,
            List<Integer> summed) {}

    /// A product of floats in place of `kernel`; nothing where it is no product of 8-bit integers.
    ///
    /// @param maps makes the steps of element-wise kernels
    public static Optional<Prepared> of(
            Kernel.Contract kernel, BlockKernel blocks, Buffers buffers, Function<Kernel.Map, Step> maps) {
        int rank = kernel.a().rank();
        SmallIntegers a = new SmallIntegers(kernel.a(), kernel.aZero(), axis -> axis == rank - 1, LEFT);
        SmallIntegers b = new SmallIntegers(kernel.b(), kernel.bZero(), axis -> axis == rank - 2, RIGHT);
        return new ExactFloats(blocks, buffers, maps)
                .prepared(
                        a,
                        b,
                        kernel.accumulate(),
                        new Paired(rank - 1, rank - 2, true),
                        kernel.epilogue(),
                        (left, right, epilogue) -> new Kernel.Contract(
                                left,
                                right,
                                null,
                                null,
                                DType.F32,
                                kernel.epilogueOperands(),
                                epilogue,
                                kernel.output()));
    }

    /// A convolution of floats in place of `kernel`; nothing where it is none of 8-bit integers, or none of those
    /// that are products.
    ///
    /// @param maps makes the steps of element-wise kernels
    public static Optional<Prepared> of(
            Kernel.Convolve kernel, BlockKernel blocks, Buffers buffers, Function<Kernel.Map, Step> maps) {
        SmallIntegers input = new SmallIntegers(kernel.input(), kernel.inputZero(), axis -> false, LEFT);
        SmallIntegers weights = new SmallIntegers(kernel.weights(), kernel.weightsZero(), axis -> axis > 0, RIGHT);
        if (!Convolutions.hasProductForm(kernel)) {
            return Optional.empty();
        }
        return new ExactFloats(blocks, buffers, maps)
                .prepared(
                        input,
                        weights,
                        kernel.accumulate(),
                        new Paired(1, 1, suitsPairs(kernel)),
                        kernel.epilogue(),
                        (left, right, epilogue) -> new Kernel.Convolve(
                                left,
                                right,
                                null,
                                null,
                                kernel.geometry(),
                                DType.F32,
                                kernel.epilogueOperands(),
                                epilogue,
                                kernel.output()));
    }

    /// A convolution of 8-bit integers as one of floats that lie like them, by which one can tell which layout suits;
    /// any other as it is.
    public static Kernel.Convolve likeFloats(Kernel.Convolve k) {
        boolean small = SmallIntegers.isSmall(k.input())
                && SmallIntegers.isSmall(k.weights())
                && k.geometry().inputDilations().stream().allMatch(d -> d == 1);
        return small
                ? new Kernel.Convolve(
                        likeFloats(k.input()),
                        likeFloats(k.weights()),
                        null,
                        null,
                        k.geometry(),
                        DType.F32,
                        k.epilogueOperands(),
                        IntegerSums.exact(k.epilogue()),
                        k.output())
                : k;
    }

    /// The same of a pool that looks for the greatest.
    public static Kernel.Window likeFloats(Kernel.Window k) {
        return isOfIntegers(k) ? (Kernel.Window) k.withViews(ExactFloats::likeFloats) : k;
    }

    private static View likeFloats(View view) {
        return View.of(view.buffer(), DType.F32, view.offset(), view.dims(), view.strides());
    }

    private static boolean isOfIntegers(Kernel.Window k) {
        return SmallIntegers.isSmall(k.input()) && k.reducer() == Kernel.WindowReducer.MAX && k.indices() == null;
    }

    /// The greatest of 8-bit integers as those of floats; nothing where `kernel` is no such pool.
    ///
    /// @param maps makes the steps of element-wise kernels
    public static Optional<Prepared> of(
            Kernel.Window kernel, BlockKernel blocks, Buffers buffers, Function<Kernel.Map, Step> maps) {
        SmallIntegers input = new SmallIntegers(kernel.input(), null, axis -> false, LEFT);
        if (!isOfIntegers(kernel)) {
            return Optional.empty();
        }
        ExactFloats floats = new ExactFloats(blocks, buffers, maps);
        View from = floats.floats(input, Optional.empty());
        View output = kernel.output();
        int[] order = SmallIntegers.order(output);
        View to = SmallIntegers.dense(buffers.shared(RIGHT, output.length()), output.dims(), order);
        Kernel pool = new Kernel.Window(
                from,
                kernel.reducer(),
                kernel.taps(),
                kernel.strides(),
                kernel.dilations(),
                kernel.padLow(),
                kernel.padHigh(),
                kernel.countPadding(),
                to,
                null);
        // a window without elements gives −∞, which becomes the lowest integer
        Expr back = Expr.arg(0, DType.F32).max(output.dtype() == DType.I8 ? -128 : 0);
        Step last = maps.apply(new Kernel.Map(
                List.of(to.permute(order)), List.of(back.castTo(output.dtype())), List.of(output.permute(order))));
        return Optional.of(new Prepared(floats.steps, pool, List.of(last), blocks));
    }

    /// The axes along which operands are made pairs.
    ///
    /// @param fits whether they can be
    private record Paired(int left, int right, boolean fits) {}

    /// Whether channels can be taken two by two, and are better so. With a channel for each group, half of every pair
    /// would be 0; those of an image, or of any planes, take longer to be made pairs than these save.
    private static boolean suitsPairs(Kernel.Convolve kernel) {
        int channels = kernel.weights().dim(1);
        int summands = kernel.weights().length() / Math.max(1, kernel.weights().dim(0));
        boolean areFew = channels < LEAST_CHANNELS || kernel.input().stride(1) != 1;
        boolean asFloats = areFew && summands * MOST * MOST <= LARGEST;
        return channels > 1
                && !asFloats
                && (channels % 2 == 0 || kernel.geometry().featureGroups() == 1)
                && kernel.geometry().inputDilations().stream().allMatch(d -> d == 1);
    }

    private interface OfFloats {
        Kernel of(View left, View right, Expr epilogue);
    }

    private Optional<Prepared> prepared(
            SmallIntegers left, SmallIntegers right, DType accumulate, Paired axes, Expr epilogue, OfFloats kernel) {
        if (accumulate != DType.I32 || !left.isSmall() || !right.isSmall()) {
            return Optional.empty();
        }
        Optional<PairKernels> pairs = blocks.pairs();
        if (pairs.isPresent() && axes.fits()) {
            IntegerSums sums = IntegerSums.of(epilogue);
            View a = pairs(left, axes.left(), pairs.get());
            View b = pairs(right, axes.right(), pairs.get());
            BlockKernel product =
                    sums.rounded() ? pairs.get().floats() : pairs.get().integers();
            return Optional.of(new Prepared(steps, kernel.of(a, b, sums.epilogue()), List.of(), product));
        }
        Optional<Floats> a = constant(left);
        Optional<Floats> b = constant(right);
        long sum = Math.multiplyExact(right.summands() * left.most(), right.most());
        sum = Math.min(sum, b.map(f -> f.sum() * left.most()).orElse(sum));
        // the input of a convolution lies along the sums of its weights only
        sum = left.summands() > 1
                ? Math.min(sum, a.map(f -> f.sum() * right.most()).orElse(sum))
                : sum;
        if (sum <= LARGEST) {
            Kernel exact = kernel.of(floats(left, a), floats(right, b), IntegerSums.exact(epilogue));
            return Optional.of(new Prepared(steps, exact, List.of(), blocks));
        }
        IntegerSums sums = IntegerSums.of(epilogue);
        int most = (int) (LARGEST / (left.most() * right.most()));
        Kernel inPieces = kernel.of(floats(left, a), floats(right, b), sums.epilogue());
        return Optional.of(new Prepared(steps, inPieces, List.of(), new Pieces(blocks, most, sums.rounded())));
    }

    /// The operand as pairs, which a step makes in every run unless it is constant.
    private View pairs(SmallIntegers operand, int axis, PairKernels kernels) {
        SmallIntegers once = operand.once(axis);
        Constant constant = buffers.constant(operand.view().buffer());
        View zero = operand.zero();
        Constant zeros = zero == null ? null : buffers.constant(zero.buffer());
        int buffer;
        if (constant != null && (zero == null || zeros != null)) {
            buffer = buffers.derived(PairStep.ofConstant(constant, zeros, once, axis, kernels));
        } else {
            buffer = buffers.shared(operand.shared(), PairStep.length(once, axis));
            steps.add(PairStep.inBuffer(once, axis, buffer, kernels));
        }
        int[] dims = operand.view().dims();
        dims[axis] = Math.ceilDiv(dims[axis], 2);
        return PairStep.view(once, axis, buffer).expand(dims);
    }

    private Optional<Floats> constant(SmallIntegers operand) {
        Constant constant = buffers.constant(operand.view().buffer());
        View zero = operand.zero();
        Constant zeros = zero == null ? null : buffers.constant(zero.buffer());
        if (constant == null || (zero != null && zeros == null)) {
            return Optional.empty();
        }
        List<Integer> summed = IntStream.range(0, operand.view().rank())
                .filter(operand.summed())
                .boxed()
                .toList();
        Form form = new Form(operand.view().on(0), zero == null ? null : zero.on(0), zeros, summed);
        return Optional.of(constant.form(form, f -> floats(constant.tensor(), zeros, operand)));
    }

    private Floats floats(Tensor tensor, @Nullable Constant zeros, SmallIntegers operand) {
        int rank = operand.view().rank();
        int[] order = IntStream.concat(
                        IntStream.range(0, rank).filter(operand.summed().negate()),
                        IntStream.range(0, rank).filter(operand.summed()))
                .toArray();
        View view = operand.view().permute(order);
        View zero = operand.zero() == null ? view : operand.zero().permute(order);
        Nest nest = Nest.of(view.dims(), List.of(view, zero));
        float[] floats = new float[tensor.length()];
        int summands = Math.max(1, operand.summands());
        long largest = 0;
        long sum = 0;
        for (int p = 0; p < nest.length(); p++) {
            if (p % summands == 0) {
                buffers.control().check();
                sum = 0;
            }
            int at = nest.address(0, p);
            long x = tensor.getLong(at) - (zeros == null ? 0 : zeros.tensor().getLong(nest.address(1, p)));
            floats[at] = x;
            sum += Math.abs(x);
            largest = Math.max(largest, sum);
        }
        return new Floats(new Constant(Tensor.wrap(DType.F32, floats, floats.length)), largest);
    }

    /// The operand as a view of floats, which a step makes in every run unless it is constant.
    private View floats(SmallIntegers operand, Optional<Floats> constant) {
        View view = operand.view();
        if (constant.isPresent()) {
            int buffer = buffers.derived(constant.get().constant());
            return View.of(buffer, DType.F32, view.offset(), view.dims(), view.strides());
        }
        SmallIntegers once = operand.once(-1);
        int[] order = SmallIntegers.order(once.view());
        View from = once.view().permute(order);
        View to = View.dense(buffers.shared(operand.shared(), from.length()), DType.F32, from.dims());
        Expr x = Expr.arg(0, view.dtype()).castTo(DType.F32);
        View zero = once.zero() == null ? null : once.zero().permute(order);
        steps.add(maps.apply(
                zero == null
                        ? new Kernel.Map(List.of(from), List.of(x), List.of(to))
                        : new Kernel.Map(
                                List.of(from, zero),
                                List.of(x.minus(Expr.arg(1, zero.dtype()).castTo(DType.F32))),
                                List.of(to))));
        return SmallIntegers.dense(to.buffer(), once.view().dims(), order).expand(view.dims());
    }
}
