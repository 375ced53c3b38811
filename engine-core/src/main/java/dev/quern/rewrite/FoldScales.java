package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.BatchNormalization;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Products;
import dev.quern.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/// Takes what scales and shifts the channels of a convolution's or a product's result, BatchNormalization or a Mul and
/// Add with constants, into its weights and bias. The one pass that reassociates floats: each weight is scaled before
/// the sum instead of the sum after it, which changes results by rounding.
///
/// Only where the weights are constants that nothing else uses, and nothing but the scaling uses the result.
public record FoldScales() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        Map<Value, Integer> uses = new IdentityHashMap<>();
        graph.nodes().forEach(n -> n.inputs().forEach(v -> uses.merge(v, 1, Integer::sum)));
        graph.outputs().forEach(v -> uses.merge(v, 1, Integer::sum));
        GraphCopy copy = new GraphCopy(graph).inputs();
        Map<Value, Weighted> open = new IdentityHashMap<>();
        for (Node n : graph.nodes()) {
            Optional<Weighted> scaled = scaled(n, open, uses);
            scaled.ifPresent(w -> w.emit(copy, n));
            if (scaled.isEmpty()) {
                copy.copy(n);
            }
            scaled.or(() -> weighted(n, uses)).ifPresent(w -> open.put(n.output(0), w));
        }
        return new DropUnused().apply(copy.finish());
    }

    /// A node with weights of its own.
    private static Optional<Weighted> weighted(Node n, Map<Value, Integer> uses) {
        boolean own = n.inputs().size() >= 2
                && n.inputs().stream().skip(1).allMatch(v -> v.constant().isPresent() && uses.getOrDefault(v, 0) == 1);
        return own && hasScalableWeights(n.op()) && n.input(1).dtype().isFloat()
                ? Optional.of(Weighted.of(n))
                : Optional.empty();
    }

    private static boolean hasScalableWeights(Op op) {
        return switch (op) {
            case Convolutions.Conv ignored -> true;
            case ConvTranspose ignored -> true;
            case Products.Gemm g -> g.alpha() == 1 && g.beta() == 1;
            default -> false;
        };
    }

    /// What `n` makes of a weighted node whose result only it uses.
    private static Optional<Weighted> scaled(Node n, Map<Value, Weighted> open, Map<Value, Integer> uses) {
        for (int i = 0; i < Math.min(2, n.inputs().size()); i++) {
            Weighted before = open.get(n.input(i));
            if (before != null && uses.getOrDefault(n.input(i), 0) == 1) {
                Optional<Scaling> scaling = scaling(n, i, before);
                if (scaling.isPresent() && before.fits(scaling.get())) {
                    return Optional.of(before.with(scaling.get()));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Scaling> scaling(Node n, int scaledOperand, Weighted before) {
        int channels = before.channels();
        if (n.op() instanceof BatchNormalization b) {
            boolean constant =
                    n.inputs().stream().skip(1).allMatch(v -> v.constant().isPresent());
            return scaledOperand == 0 && constant && b.mode() == BatchNormalization.Mode.INFERENCE
                    ? Optional.of(Scaling.of(b, n.inputs()))
                    : Optional.empty();
        }
        if (n.inputs().size() != 2) {
            return Optional.empty();
        }
        Optional<Tensor> other = n.input(1 - scaledOperand).constant();
        Optional<double[]> numbers = other.flatMap(t -> Scaling.byChannel(t, before.rank(), channels));
        if (numbers.isEmpty()
                || !n.output(0).type().equals(n.input(scaledOperand).type())) {
            return Optional.empty();
        }
        double[] c = numbers.get();
        return switch (n.op()) {
            case Op o when o.equals(Arithmetic.MUL) -> Optional.of(Scaling.by(c));
            case Op o when o.equals(Arithmetic.DIV) && scaledOperand == 0 -> Optional.of(Scaling.dividedBy(c));
            case Op o when o.equals(Arithmetic.ADD) -> Optional.of(Scaling.plus(c));
            case Op o when o.equals(Arithmetic.SUB) && scaledOperand == 0 -> Optional.of(Scaling.minus(c));
            default -> Optional.empty();
        };
    }
}
