package dev.quern.rewrite;

import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Products;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A convolution or product with the constants that it would have after what follows is taken in.
///
/// @param node the node as it was
/// @param bias one element a channel, absent where nothing was added yet
record Weighted(Node node, Tensor weights, Optional<Tensor> bias) {

    static Weighted of(Node n) {
        Optional<Tensor> bias = n.inputs().size() > 2 ? n.input(2).constant() : Optional.empty();
        return new Weighted(n, n.input(1).constant().orElseThrow(), bias);
    }

    /// The rank of the result.
    int rank() {
        return weights.rank();
    }

    /// How many channels the result has, along axis 1.
    int channels() {
        int[] w = weights.shape().intExtents();
        return switch (node.op()) {
            case ConvTranspose t -> w[1] * t.group();
            case Products.Gemm g -> w[g.transB() ? 0 : 1];
            default -> w[0];
        };
    }

    /// Whether taking the scaling in makes the model no larger: a bias that was not there must have been said
    /// before.
    boolean fits(Scaling scaling) {
        boolean plain = bias.isEmpty() || bias.get().length() == channels();
        return plain
                && scaling.slope().length == channels()
                && (bias.isPresent() || !scaling.shifts() || scaling.bytes() >= 4L * channels());
    }

    Weighted with(Scaling scaling) {
        Tensor scaled = Tensor.zeros(weights.dtype(), weights.shape());
        for (int i = 0; i < scaled.length(); i++) {
            scaled.elements().set(i, weights.getDouble(i) * scaling.slope()[channel(i)]);
        }
        boolean biased = bias.isPresent() || scaling.shifts();
        return new Weighted(node, scaled, biased ? Optional.of(bias(scaling)) : Optional.empty());
    }

    private Tensor bias(Scaling scaling) {
        Tensor shifted = Tensor.zeros(weights.dtype(), channels());
        for (int c = 0; c < shifted.length(); c++) {
            double before = bias.isPresent() ? bias.get().getDouble(c) : 0;
            shifted.elements().set(c, before * scaling.slope()[c] + scaling.offset()[c]);
        }
        return shifted;
    }

    /// The channel that element `i` of the weights belongs to.
    private int channel(int i) {
        int[] w = weights.shape().intExtents();
        int taps = 1;
        for (int a = 2; a < w.length; a++) {
            taps *= w[a];
        }
        int column = i / taps % w[1];
        int row = i / taps / w[1];
        return switch (node.op()) {
            case ConvTranspose t -> row / (w[0] / t.group()) * w[1] + column;
            case Products.Gemm g when !g.transB() -> column;
            default -> row;
        };
    }

    /// Puts the node, on its new constants, in the place of `last`, the node that scaled it.
    void emit(GraphCopy copy, Node last) {
        List<String> origins = new ArrayList<>(node.origins());
        last.origins().stream().filter(o -> !origins.contains(o)).forEach(origins::add);
        List<Value> in = new ArrayList<>(List.of(copy.of(node.input(0))));
        in.add(copy.builder().parameter(node.input(1).name(), weights));
        String name =
                node.inputs().size() > 2 ? node.input(2).name() : node.input(1).name() + "_bias";
        bias.ifPresent(b -> in.add(copy.builder().parameter(name, b)));
        Op op = node.op();
        List<String> names = last.outputs().stream().map(Value::name).toList();
        copy.put(last.output(0), copy.builder().at(origins).apply(op, in, names).getFirst());
    }
}
