package dev.quern.gpu;

import dev.quern.expr.StraightLine;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Convolutions of one tap that meet every position once: for each image a product of the weights [o, c] with the input
/// [c, positions].
final class PointwiseConvolution {
    private PointwiseConvolution() {}

    /// The product that a convolution is, or nothing where it is none.
    static Optional<Kernel.Contract> of(Kernel.Convolve k) {
        int[] dims = k.output().dims();
        boolean isPlain = k.inputZero() == null
                && k.weightsZero() == null
                && k.geometry().featureGroups() == 1
                && k.geometry().batchGroups() == 1
                && k.geometry().padLow().stream().allMatch(p -> p == 0)
                && Stream.of(k.geometry().strides(), k.geometry().inputDilations())
                        .flatMap(List::stream)
                        .allMatch(s -> s == 1);
        int positions = 1;
        for (int axis = 2; axis < dims.length; axis++) {
            isPlain &= k.weights().dim(axis) == 1 && k.input().dim(axis) == dims[axis];
            positions *= dims[axis];
        }
        // the position in the output is another one in the product
        if (!isPlain || StraightLine.of(k.epilogue()).readsIndex()) {
            return Optional.empty();
        }
        int channels = k.input().dim(1);
        View weights = k.weights().reshape(dims[1], channels);
        View input = k.input().reshape(dims[0], channels, positions);
        View output = flat(k.output(), positions);
        List<View> operands = new ArrayList<>();
        for (View operand : k.epilogueOperands()) {
            View flat = flat(operand, positions);
            if (flat == null) {
                return Optional.empty();
            }
            operands.add(flat);
        }
        return weights == null || input == null || output == null
                ? Optional.empty()
                : Optional.of(new Kernel.Contract(
                        weights.expand(dims[0], dims[1], channels),
                        input,
                        null,
                        null,
                        k.accumulate(),
                        operands,
                        k.epilogue(),
                        output));
    }

    private static @Nullable View flat(View view, int positions) {
        return view.reshape(view.dim(0), view.dim(1), positions);
    }
}
