package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.Launch;
import dev.quern.expr.Expr;
import dev.quern.gpu.driver.MatrixProduct.Activation;
import dev.quern.gpu.driver.TensorConvolution;
import dev.quern.gpu.driver.TensorConvolution.Layout;
import dev.quern.gpu.driver.TensorConvolution.Result;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A [Kernel.Convolve] as cuDNN takes it. One of x, w and y is the kernel's output.
///
/// @param w the weights as they lie
/// @param copiesWeights whether they are copied first, into row-major order
/// @param rest what generated code does to the output afterwards
record ConvolutionForm(
        TensorConvolution convolution,
        View x,
        View w,
        View y,
        @Nullable View z,
        @Nullable View bias,
        boolean copiesWeights,
        Optional<Kernel.Map> rest) {
    /// Bytes that the addresses of operands are multiples of.
    private static final int ALIGNMENT = 16;

    /// The forms of a convolution, the one that is likely to be the quickest first; none where cuDNN has none.
    ///
    /// @param precision how many bits of operands in `f32` are multiplied
    static List<ConvolutionForm> of(Kernel.Convolve kernel, ProductPrecision precision) {
        List<ConvolutionForm> forms = new ArrayList<>();
        if (hasTypes(kernel)) {
            ConvolutionRoles.of(kernel).forEach(roles -> new Builder(kernel, roles, precision).addTo(forms));
        }
        return forms;
    }

    private static boolean hasTypes(Kernel.Convolve k) {
        DType in = k.input().dtype();
        boolean isKnown = in == DType.F32 || in == DType.F16 || in == DType.BF16;
        return isKnown
                && k.weights().dtype() == in
                && k.output().dtype() == in
                && k.accumulate() == DType.F32
                && k.inputZero() == null
                && k.weightsZero() == null;
    }

    /// Where the call finds the weights.
    Launch.Array weights() {
        return copiesWeights ? new Launch.Scratch(0, w.dtype(), w.length()) : new Launch.OfBuffer(w.buffer());
    }

    /// What copies the weights, where that is needed.
    ///
    /// @param buffer the number of where to
    Optional<Kernel.Map> weightsCopy(int buffer) {
        return copiesWeights
                ? Optional.of(new Kernel.Map(
                        List.of(w), List.of(Expr.arg(0, w.dtype())), List.of(View.dense(buffer, w.dtype(), w.dims()))))
                : Optional.empty();
    }

    private static final class Builder {
        private final Kernel.Convolve kernel;
        private final ConvolutionRoles roles;
        private final ProductPrecision precision;
        private final boolean isLast;
        private final Optional<Layout> x;
        private final Optional<Layout> y;
        private final boolean hasChannelsLast;
        private final boolean copiesWeights;

        Builder(Kernel.Convolve kernel, ConvolutionRoles roles, ProductPrecision precision) {
            this.kernel = kernel;
            this.roles = roles;
            this.precision = precision;
            this.isLast = isPacked(roles.x(), true) && !isPacked(roles.x(), false);
            this.x = layout(roles.x(), isLast);
            this.y = layout(roles.y(), isLast);
            View w = roles.w();
            boolean lies = isAligned(w) && w.rank() == roles.y().rank();
            this.hasChannelsLast = lies && isPacked(w, true) && (isLast || !isPacked(w, false));
            this.copiesWeights = !lies || !(isPacked(w, true) || isPacked(w, false));
        }

        /// The one with most of the ending in the call first.
        void addTo(List<ConvolutionForm> forms) {
            Optional<ConvolutionForm> whole =
                    ProductEnding.of(kernel.epilogue()).flatMap(this::whole);
            whole.ifPresent(forms::add);
            if (whole.isEmpty() || whole.get().bias != null) {
                withRest().ifPresent(forms::add);
            }
        }

        /// With the ending in the call.
        Optional<ConvolutionForm> whole(ProductEnding ending) {
            View bias = null;
            View z = null;
            for (int operand : ending.added()) {
                View view = kernel.epilogueOperands().get(operand);
                if (bias == null && isBias(view)) {
                    bias = view;
                } else if (z == null && isLikeOutput(view)) {
                    z = view;
                } else {
                    return Optional.empty();
                }
            }
            boolean isRelu = ending.activation() == Activation.RELU;
            boolean isKnown = isRelu || ending.activation() == Activation.NONE;
            boolean isPlain = bias == null && z == null && !isRelu;
            return isKnown && (isPlain || (bias != null && roles.result() == Result.OUTPUT))
                    ? form(ending.alpha(), z, bias, isRelu, Optional.empty())
                    : Optional.empty();
        }

        /// With the ending in a kernel after the call.
        Optional<ConvolutionForm> withRest() {
            View out = kernel.output();
            if (out.dtype() != kernel.accumulate()) {
                return Optional.empty();
            }
            List<View> read = new ArrayList<>(List.of(out));
            read.addAll(kernel.epilogueOperands());
            Kernel.Map rest = new Kernel.Map(read, List.of(kernel.epilogue()), List.of(out));
            return form(1, null, null, false, Optional.of(rest));
        }

        private Optional<ConvolutionForm> form(
                double alpha, @Nullable View z, @Nullable View bias, boolean isRelu, Optional<Kernel.Map> rest) {
            // weights that are copied are few; what is turned into weights by the gradient of weights is not
            boolean mayCopy = roles.result() != Result.WEIGHTS && ConvolutionRoles.hasSmallTaps(kernel);
            if (x.isEmpty() || y.isEmpty() || (copiesWeights && !mayCopy)) {
                return Optional.empty();
            }
            TensorConvolution convolution = new TensorConvolution(
                    roles.result(),
                    kernel.input().dtype(),
                    x.get(),
                    padded(new ArrayList<>(roles.weights()), 2, 1),
                    hasChannelsLast,
                    y.get(),
                    spatial(roles.pads(), 0),
                    spatial(roles.strides(), 1),
                    spatial(roles.dilations(), 1),
                    roles.groups(),
                    alpha,
                    bias != null,
                    z != null,
                    isRelu,
                    precision);
            return Optional.of(
                    new ConvolutionForm(convolution, roles.x(), roles.w(), roles.y(), z, bias, copiesWeights, rest));
        }

        /// Whether every position of a channel gets the same number, and those lie side by side.
        private boolean isBias(View view) {
            boolean is = view.dtype() == kernel.output().dtype()
                    && isAligned(view)
                    && (view.stride(1) == 1 || view.dim(1) == 1);
            for (int axis = 0; axis < view.rank(); axis++) {
                is &= axis == 1 || view.dim(axis) == 1 || view.stride(axis) == 0;
            }
            return is;
        }

        private boolean isLikeOutput(View view) {
            return view.dtype() == kernel.output().dtype() && y.isPresent() && y.equals(layout(view, isLast));
        }

        /// How a tensor lies, or nothing where cuDNN cannot be told.
        private static Optional<Layout> layout(View view, boolean prefersLast) {
            List<Integer> dims = dims(view);
            if (!isAligned(view)) {
                return Optional.empty();
            }
            if (isPacked(view, prefersLast)) {
                return Optional.of(packed(dims, prefersLast));
            }
            if (isPacked(view, !prefersLast)) {
                return Optional.of(packed(dims, !prefersLast));
            }
            List<Integer> strides = strides(view);
            for (int axis = dims.size() - 1; axis >= 0; axis--) {
                if (dims.get(axis) == 1) {
                    // of one element the stride says nothing
                    strides.set(axis, axis == dims.size() - 1 ? 1 : dims.get(axis + 1) * strides.get(axis + 1));
                } else if (strides.get(axis) <= 0) {
                    return Optional.empty();
                }
            }
            return Optional.of(new Layout(dims, strides));
        }

        private static boolean isAligned(View view) {
            return (long) view.offset() * view.dtype().bytes() % ALIGNMENT == 0;
        }

        /// Whether elements lie side by side, row by row or with channels as neighbours.
        private static boolean isPacked(View view, boolean isLast) {
            List<Integer> dims = dims(view);
            List<Integer> strides = strides(view);
            List<Integer> wanted = packed(dims, isLast).strides();
            boolean is = true;
            for (int axis = 0; axis < dims.size(); axis++) {
                is &= dims.get(axis) == 1 || strides.get(axis).equals(wanted.get(axis));
            }
            return is;
        }

        private static Layout packed(List<Integer> dims, boolean isLast) {
            List<Integer> strides = new ArrayList<>(dims);
            int step = isLast ? dims.get(1) : 1;
            for (int axis = dims.size() - 1; axis >= 0; axis--) {
                if (isLast && axis == 1) {
                    strides.set(1, 1);
                } else {
                    strides.set(axis, step);
                    step *= dims.get(axis);
                }
            }
            return new Layout(dims, strides);
        }

        private static List<Integer> dims(View view) {
            List<Integer> dims = new ArrayList<>();
            for (int extent : view.dims()) {
                dims.add(extent);
            }
            return padded(dims, 2, 1);
        }

        private static List<Integer> strides(View view) {
            List<Integer> all = new ArrayList<>();
            for (int stride : view.strides()) {
                all.add(stride);
            }
            return padded(all, 2, 0);
        }

        private static List<Integer> spatial(List<Integer> numbers, int other) {
            return padded(new ArrayList<>(numbers), 0, other);
        }

        /// With two spatial axes where there is one: cuDNN knows no tensors of three axes.
        private static List<Integer> padded(List<Integer> numbers, int first, int other) {
            if (numbers.size() == first + 1) {
                numbers.add(first, other);
            }
            return numbers;
        }
    }
}
