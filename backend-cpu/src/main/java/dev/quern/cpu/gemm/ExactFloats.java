package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Products and pools of 8-bit integers as those of floats, where these are exact: a float holds every integer up to
/// 2²⁴, so nothing is rounded as long as no sum can become larger. What sums can come to is known of constant weights,
/// and of few summands. So integer products and convolutions have all forms of those of floats, at their speed.
public final class ExactFloats {
    private static final long LARGEST = 1L << 24;

    /// The shared buffers that hold the operands as floats.
    private static final int LEFT = 2;

    private static final int RIGHT = 3;

    private final Buffers buffers;
    private final Function<Kernel.Map, Step> maps;
    private final List<Step> steps = new ArrayList<>();

    private ExactFloats(Buffers buffers, Function<Kernel.Map, Step> maps) {
        this.buffers = buffers;
        this.maps = maps;
    }

    /// A kernel of floats, with the steps that make its operands and those that end it.
    public record Prepared(List<Step> before, Kernel kernel, List<Step> after) {}

    /// An operand of a product.
    ///
    /// @param summed the axes along which the product sums
    private record Operand(View view, @Nullable View zero, IntPredicate summed, int shared) {
        Operand {
            zero = zero == null ? null : zero.expand(view.dims());
        }

        boolean isSmall() {
            return view.dtype() == DType.I8 || view.dtype() == DType.U8;
        }

        /// The largest magnitude of an element less its zero point.
        long most() {
            return zero == null && view.dtype() == DType.I8 ? 128 : 255;
        }

        int summands() {
            return IntStream.range(0, view.rank()).filter(summed).map(view::dim).reduce(1, Math::multiplyExact);
        }
    }

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

    /// A product of floats in place of `kernel`; nothing where it is no product of 8-bit integers, or where sums may be
    /// too large.
    ///
    /// @param maps makes the steps of element-wise kernels
    public static Optional<Prepared> of(Kernel.Contract kernel, Buffers buffers, Function<Kernel.Map, Step> maps) {
        int rank = kernel.a().rank();
        Operand a = new Operand(kernel.a(), kernel.aZero(), axis -> axis == rank - 1, LEFT);
        Operand b = new Operand(kernel.b(), kernel.bZero(), axis -> axis == rank - 2, RIGHT);
        return new ExactFloats(buffers, maps)
                .prepared(
                        a,
                        b,
                        kernel.accumulate(),
                        (left, right) -> new Kernel.Contract(
                                left,
                                right,
                                null,
                                null,
                                DType.F32,
                                kernel.epilogueOperands(),
                                ofFloats(kernel.epilogue()),
                                kernel.output()));
    }

    /// A convolution of floats in place of `kernel`; nothing where it is none of 8-bit integers, or where sums may be
    /// too large.
    ///
    /// @param maps makes the steps of element-wise kernels
    public static Optional<Prepared> of(Kernel.Convolve kernel, Buffers buffers, Function<Kernel.Map, Step> maps) {
        Operand input = new Operand(kernel.input(), kernel.inputZero(), axis -> false, LEFT);
        Operand weights = new Operand(kernel.weights(), kernel.weightsZero(), axis -> axis > 0, RIGHT);
        return new ExactFloats(buffers, maps)
                .prepared(
                        input,
                        weights,
                        kernel.accumulate(),
                        (left, right) -> new Kernel.Convolve(
                                left,
                                right,
                                null,
                                null,
                                kernel.geometry(),
                                DType.F32,
                                kernel.epilogueOperands(),
                                ofFloats(kernel.epilogue()),
                                kernel.output()));
    }

    /// The greatest of 8-bit integers as those of floats; nothing where `kernel` is no such pool.
    ///
    /// @param maps makes the steps of element-wise kernels
    public static Optional<Prepared> of(Kernel.Window kernel, Buffers buffers, Function<Kernel.Map, Step> maps) {
        Operand input = new Operand(kernel.input(), null, axis -> false, LEFT);
        if (!input.isSmall() || kernel.reducer() != Kernel.WindowReducer.MAX || kernel.indices() != null) {
            return Optional.empty();
        }
        ExactFloats floats = new ExactFloats(buffers, maps);
        View from = floats.floats(input, Optional.empty());
        View to = View.dense(
                buffers.shared(RIGHT, kernel.output().length()),
                DType.F32,
                kernel.output().dims());
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
        Expr back = Expr.arg(0, DType.F32).max(kernel.output().dtype() == DType.I8 ? -128 : 0);
        Step last = maps.apply(
                new Kernel.Map(List.of(to), List.of(back.castTo(kernel.output().dtype())), List.of(kernel.output())));
        return Optional.of(new Prepared(floats.steps, pool, List.of(last)));
    }

    private interface OfFloats {
        Kernel of(View left, View right);
    }

    private static Expr ofFloats(Expr epilogue) {
        return Substitution.of(epilogue, Map.of(0, Expr.arg(0, DType.F32).castTo(DType.I32)));
    }

    private Optional<Prepared> prepared(Operand left, Operand right, DType accumulate, OfFloats kernel) {
        if (accumulate != DType.I32 || !left.isSmall() || !right.isSmall()) {
            return Optional.empty();
        }
        Optional<Floats> a = constant(left);
        Optional<Floats> b = constant(right);
        long sum = Math.multiplyExact(right.summands() * left.most(), right.most());
        sum = Math.min(sum, b.map(f -> f.sum() * left.most()).orElse(sum));
        // the input of a convolution lies along the sums of its weights only
        sum = left.summands() > 1
                ? Math.min(sum, a.map(f -> f.sum() * right.most()).orElse(sum))
                : sum;
        return sum > LARGEST
                ? Optional.empty()
                : Optional.of(new Prepared(steps, kernel.of(floats(left, a), floats(right, b)), List.of()));
    }

    private Optional<Floats> constant(Operand operand) {
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

    private Floats floats(Tensor tensor, @Nullable Constant zeros, Operand operand) {
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
    private View floats(Operand operand, Optional<Floats> constant) {
        View view = operand.view();
        if (constant.isPresent()) {
            int buffer = buffers.derived(constant.get().constant());
            return View.of(buffer, DType.F32, view.offset(), view.dims(), view.strides());
        }
        View once = once(operand, view);
        View to = View.dense(buffers.shared(operand.shared(), once.length()), DType.F32, once.dims());
        Expr x = Expr.arg(0, view.dtype()).castTo(DType.F32);
        View zero = operand.zero();
        steps.add(maps.apply(
                zero == null
                        ? new Kernel.Map(List.of(once), List.of(x), List.of(to))
                        : new Kernel.Map(
                                List.of(once, once(operand, zero)),
                                List.of(x.minus(Expr.arg(1, zero.dtype()).castTo(DType.F32))),
                                List.of(to))));
        return to.expand(view.dims());
    }

    /// `view` without the repetitions of the operand.
    private static View once(Operand operand, View view) {
        View once = view;
        for (int axis = 0; axis < view.rank(); axis++) {
            boolean repeats = operand.view().stride(axis) == 0
                    && (operand.zero() == null || operand.zero().stride(axis) == 0);
            once = repeats ? once.slice(axis, 0, Math.min(1, view.dim(axis)), 1) : once;
        }
        return once;
    }
}
