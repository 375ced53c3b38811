package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Convolutions;
import dev.quern.op.Products;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// A linear or convolutional layer: a weight, and a bias if it has one.
///
/// @param outputAxis the axis of the weight that counts outputs; all others are inputs
record Layer(Value weight, int outputAxis, Optional<Value> bias) {

    /// The layers of a graph in order.
    static List<Layer> all(Graph graph) {
        List<Layer> layers = new ArrayList<>();
        for (Node n : graph.nodes()) {
            of(n, graph).ifPresent(layers::add);
        }
        return layers;
    }

    private static Optional<Layer> of(Node n, Graph graph) {
        return switch (n.op()) {
            case Products.Gemm gemm -> of(n.input(1), gemm.transB() ? 0 : 1, operand(n, 2));
            case Products.MatMul ignored -> of(n.input(1), 1, addedTo(n.output(0), graph));
            case Convolutions.Conv ignored -> of(n.input(1), 0, operand(n, 2));
            default -> Optional.empty();
        };
    }

    /// @param axis which axis of `w` counts outputs; looked up through a transposition
    private static Optional<Layer> of(Value w, int axis, Optional<Value> bias) {
        if (w.isParameter() && w.dtype().isFloat() && w.rank() >= 2) {
            return Optional.of(new Layer(w, axis, bias));
        }
        Optional<Node> by = w.producer();
        boolean turned = by.isPresent() && by.get().op() instanceof Arranging.Transpose && w.rank() == 2;
        return turned ? of(by.get().input(0), 1 - axis, bias) : Optional.empty();
    }

    private static Optional<Value> operand(Node n, int i) {
        return n.inputs().size() > i && n.input(i).isParameter() ? Optional.of(n.input(i)) : Optional.empty();
    }

    /// The parameter that is added to a product.
    private static Optional<Value> addedTo(Value product, Graph graph) {
        return graph.nodes().stream()
                .filter(n -> n.op().equals(Arithmetic.ADD) && n.inputs().contains(product))
                .flatMap(n -> n.inputs().stream())
                .filter(v -> v.isParameter() && v.rank() == 1)
                .findFirst();
    }

    boolean isNamed(Predicate<String> chosen) {
        return chosen.test(weight.name())
                || (bias.isPresent() && chosen.test(bias.get().name()));
    }

    /// New values of weight and bias by name.
    ///
    /// @param outputs how many outputs the layer shall have; as many as now where empty
    Map<String, Tensor> draw(SplitMix random, OptionalInt outputs) {
        long now = weight.shape().dim(outputAxis).extent();
        long count = outputs.isPresent() ? outputs.getAsInt() : now;
        double bound = 1 / Math.sqrt(weight.shape().elements() / (double) now);
        Map<String, Tensor> values = new HashMap<>();
        long[] extents = weight.shape().extents();
        extents[outputAxis] = count;
        values.put(weight.name(), uniform(weight, extents, bound, random));
        if (bias.isPresent()) {
            Value b = bias.get();
            boolean each = b.shape().elements() == now;
            long[] length = each ? new long[] {count} : b.shape().extents();
            values.put(b.name(), uniform(b, length, bound, random));
        }
        return values;
    }

    private static Tensor uniform(Value like, long[] extents, double bound, SplitMix random) {
        Tensor t = Tensor.zeros(like.dtype(), extents);
        Elements e = t.elements();
        for (int i = 0; i < t.length(); i++) {
            e.set(i, (2 * random.nextDouble() - 1) * bound);
        }
        return t;
    }
}
