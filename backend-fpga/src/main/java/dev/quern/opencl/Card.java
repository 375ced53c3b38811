package dev.quern.opencl;

import dev.quern.codegen.KernelCode;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What an FPGA card is given: products of integers, and what lies between them. Products of floats stay on the
/// processor, which has better multipliers for them.
final class Card {
    private static final Set<String> PRODUCTS = Set.of(
            "Conv",
            "ConvTranspose",
            "MatMul",
            "Gemm",
            "Einsum",
            "LSTM",
            "GRU",
            "RNN",
            "Attention",
            "MultiHeadAttention",
            "LinearAttention",
            "FlexAttention",
            "DeformConv",
            "DFT");

    private Card() {}

    static Optional<String> refuses(DType dtype) {
        return KernelCode.refuses(dtype, false);
    }

    static Optional<String> refuses(Kernel.Claimed op, List<TensorType> inputs) {
        boolean isProduct = PRODUCTS.contains(op.name())
                && inputs.stream().anyMatch(t -> t.dtype().isFloat());
        return isProduct
                ? Optional.of("cards multiply integers: quern convert --dtype int8 makes them")
                : Optional.empty();
    }
}
