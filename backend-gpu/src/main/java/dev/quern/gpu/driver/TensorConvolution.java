package dev.quern.gpu.driver;

import dev.quern.backend.ProductPrecision;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.Collectors;

/// `y = relu(alpha · (x ∗ w) + z + bias)`, as cuDNN takes it: tensors [n, c, spatial…] of two or three spatial axes,
/// weights [o, c/groups, taps…] that are not turned round, as much padding after an axis as before it. Or the gradient
/// of x or w, times alpha, from that of y in the place of y. Equal convolutions are done by equal algorithms.
///
/// @param result what is computed from the others
/// @param elements the type of all tensors: `f16`, `bf16` or `f32`, with sums in `f32`
/// @param hasChannelsLast whether the weights lie as [o, taps…, c/groups]
/// @param y where the output lies, and z likewise
/// @param hasBias whether there is one, a number for each channel of y; only where that is computed
/// @param addsZ whether z is added; only beside a bias
/// @param isRelu whether what is less than 0 becomes 0 at last; only beside a bias
/// @param precision how many bits of operands in `f32` are multiplied
public record TensorConvolution(
        Result result,
        DType elements,
        Layout x,
        List<Integer> weights,
        boolean hasChannelsLast,
        Layout y,
        List<Integer> pads,
        List<Integer> strides,
        List<Integer> dilations,
        int groups,
        double alpha,
        boolean hasBias,
        boolean addsZ,
        boolean isRelu,
        ProductPrecision precision) {

    public TensorConvolution {
        weights = List.copyOf(weights);
        pads = List.copyOf(pads);
        strides = List.copyOf(strides);
        dilations = List.copyOf(dilations);
    }

    /// What a convolution computes.
    public enum Result {
        /// y
        OUTPUT,
        /// the gradient of x
        INPUT,
        /// the gradient of w
        WEIGHTS
    }

    /// How a tensor lies.
    ///
    /// @param dims n, c, spatial…
    /// @param strides elements from one to the next along each
    public record Layout(List<Integer> dims, List<Integer> strides) {
        public Layout {
            dims = List.copyOf(dims);
            strides = List.copyOf(strides);
        }
    }

    /// `f32[1,64,56,56] ∗ [64,64,3,3]`, or the gradient in one of the two.
    @Override
    public String toString() {
        String whole = elements + text(x.dims()) + " ∗ " + text(weights);
        return switch (result) {
            case OUTPUT -> whole;
            case INPUT -> "gradient of the input in " + whole;
            case WEIGHTS -> "gradient of the weights in " + whole;
        };
    }

    private static String text(List<Integer> dims) {
        return dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
