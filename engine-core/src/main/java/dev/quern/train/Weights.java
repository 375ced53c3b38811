package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.ControlFlow;
import dev.quern.op.ElementwiseOp;
import dev.quern.op.Passing;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The initializers of a graph that are learned: what operators declare as weights, directly or seen through a view, a
/// conversion, or rounding to a few bits and back. A single number added or multiplied (a scale, an epsilon) is a
/// constant.
final class Weights {
    private Weights() {}

    static List<Value> of(Graph graph) {
        return found(graph, false);
    }

    /// The single numbers that operators take where a weight may stand: a temperature, the weight of a vote, an
    /// epsilon.
    static List<Value> singleNumbers(Graph graph) {
        return found(graph, true);
    }

    private static List<Value> found(Graph graph, boolean isSingle) {
        Set<Value> found = new LinkedHashSet<>();
        for (Node n : graph.nodes()) {
            for (int i = 0; i < n.inputs().size(); i++) {
                if (n.op().weightOperands().contains(i)) {
                    Value v = behindViews(n.input(i));
                    if (v.isParameter() && v.dtype().isFloat() && isScale(n, v) == isSingle) {
                        found.add(v);
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    /// The nodes, also within bodies, that read matrices of integers of 8 bits or fewer: what quantisation makes of
    /// weights.
    static List<String> ofIntegers(Graph graph) {
        List<String> found = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof ControlFlow control) {
                control.bodies().forEach(b -> found.addAll(ofIntegers(b)));
            } else if (n.inputs().stream().anyMatch(Weights::isQuantized)) {
                found.add(n.title());
            }
        }
        return found;
    }

    private static boolean isQuantized(Value v) {
        return v.isParameter()
                && (v.dtype().kind() == DType.Kind.SIGNED || v.dtype().kind() == DType.Kind.UNSIGNED)
                && v.dtype().bits() <= Byte.SIZE
                && v.rank() >= 2;
    }

    private static boolean isScale(Node n, Value v) {
        return n.op() instanceof ElementwiseOp && v.rank() == 0;
    }

    private static Value behindViews(Value v) {
        Value at = v;
        while (at.producer().isPresent()) {
            Node n = at.producer().get();
            Optional<Value> before =
                    isView(n) ? Optional.of(n.input(0)) : Rounded.by(n).map(Rounded::x);
            if (before.isEmpty()) {
                break;
            }
            at = before.get();
        }
        return at;
    }

    private static boolean isView(Node n) {
        return n.op() instanceof Shaping
                || n.op() instanceof Arranging.Transpose
                || n.op() instanceof Passing.Identity
                || n.op() instanceof Casting.Cast;
    }
}
