package dev.quern.convert;

import dev.quern.graph.Glob;
import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.AveragePool;
import dev.quern.op.CompositePools;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Joining;
import dev.quern.op.Pools;
import dev.quern.op.Products;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Which values are to be integers between nodes.
///
/// What a product or convolution with constant weights reads is made of integers; so is, backwards from there, what
/// goes through pools, sums of convolutions and operators that only move numbers, so that a convolutional network stays
/// in integers from end to end. Values that nothing reads as integers stay floats, outputs of the model among them.
///
/// @param products nodes with weights
/// @param coded values that get a scale
/// @param sameAs values that have the code of the value they are made of by moving its numbers
/// @param readers nodes that read integers where their operands are coded
/// @param kept nodes that might be expected to be quantised and are not
record QuantizedPlaces(
        Set<Node> products,
        Set<Value> coded,
        Map<Value, Value> sameAs,
        Set<Node> readers,
        List<ConversionReport.Kept> kept) {

    static QuantizedPlaces of(Graph graph, List<String> keep) {
        Predicate<String> asked = Glob.any(keep);
        QuantizedPlaces places = new QuantizedPlaces(
                identitySet(), identitySet(), new IdentityHashMap<>(), identitySet(), new ArrayList<>());
        Deque<Value> open = new ArrayDeque<>();
        for (Node n : graph.nodes()) {
            Optional<String> reason =
                    asked.test(n.op().name()) || n.origins().stream().anyMatch(asked)
                            ? isProduct(n.op()) ? Optional.of("as asked") : Optional.empty()
                            : reasonNot(n);
            reason.ifPresent(r -> places.kept.add(new ConversionReport.Kept(n.title(), r)));
            if (reason.isEmpty() && isProduct(n.op())) {
                places.products.add(n);
                places.readers.add(n);
                open.push(n.input(0));
            }
        }
        while (!open.isEmpty()) {
            places.code(open.pop(), open, asked);
        }
        return places;
    }

    private static <T> Set<T> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    private static boolean isProduct(Op op) {
        return switch (op) {
            case Convolutions.Conv ignored -> true;
            case ConvTranspose ignored -> true;
            case Products.Gemm ignored -> true;
            case Products.MatMul ignored -> true;
            default -> false;
        };
    }

    private static Optional<String> reasonNot(Node n) {
        if (n.op() instanceof HasBodies) {
            return Optional.of("branches and loops keep their types");
        }
        if (!isProduct(n.op())) {
            return Optional.empty();
        }
        if (!isFloat(n.input(0)) || !isFloat(n.input(1))) {
            return Optional.of("it does not compute in f32");
        }
        if (n.input(0).constant().isPresent() || n.op() instanceof Products.Gemm g && g.transA()) {
            return Optional.of("its left operand is constant or transposed");
        }
        return n.input(1).constant().isPresent() && n.input(1).rank() >= 2
                ? Optional.empty()
                : Optional.of("it has no constant matrix of weights");
    }

    private static boolean isFloat(Value v) {
        return v.type() instanceof Type.TensorType t && t.dtype() == DType.F32;
    }

    private void code(Value v, Deque<Value> open, Predicate<String> asked) {
        if (v.constant().isPresent() || !isFloat(v) || !coded.add(v)) {
            return;
        }
        Optional<Node> made = v.producer();
        if (made.isEmpty() || asked.test(made.get().op().name())) {
            return;
        }
        Node n = made.get();
        if (moves(n)) {
            sameAs.put(v, n.input(0));
            readers.add(n);
            open.push(n.input(0));
        } else if (isPool(n.op())) {
            readers.add(n);
            open.push(n.input(0));
        } else {
            Node sum = rectified(n);
            if (sum.op() instanceof Joining.Concat || addsImages(sum)) {
                readers.add(sum);
                sum.inputs().forEach(open::push);
            }
        }
    }

    private static boolean moves(Node n) {
        boolean moves = switch (n.op()) {
            case Shaping ignored -> true;
            case Arranging.Transpose ignored -> true;
            case Arranging.Slice ignored -> true;
            case Pools.MaxPool pool -> !pool.withIndices();
            default -> false;
        };
        return moves && isFloat(n.input(0)) && n.input(0).constant().isEmpty();
    }

    private static boolean isPool(Op op) {
        return op instanceof AveragePool || op instanceof CompositePools.GlobalAveragePool;
    }

    /// The node before a Relu, which quantising clips anyway.
    private static Node rectified(Node n) {
        return n.op().equals(Activations.RELU) ? n.input(0).producer().orElse(n) : n;
    }

    /// Whether `n` adds two images, as residual networks do; sums elsewhere often hold a few large numbers.
    private static boolean addsImages(Node n) {
        return n.op().equals(Arithmetic.ADD)
                && n.inputs().stream()
                        .allMatch(v -> isFloat(v)
                                && v.constant().isEmpty()
                                && v.shape().isRanked()
                                && v.rank() >= 4)
                && n.inputs().stream().anyMatch(QuantizedPlaces::isConvolved);
    }

    private static boolean isConvolved(Value v) {
        return v.producer()
                .map(QuantizedPlaces::rectified)
                .filter(n -> n.op() instanceof Convolutions.Conv)
                .isPresent();
    }

    /// The value whose code `v` has.
    Value source(Value v) {
        Value source = v;
        while (sameAs.containsKey(source)) {
            source = sameAs.get(source);
        }
        return source;
    }
}
