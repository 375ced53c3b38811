package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.ElementwiseOp;
import dev.quern.op.Passing;
import dev.quern.op.Shaping;
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
        Set<Value> found = new LinkedHashSet<>();
        for (Node n : graph.nodes()) {
            for (int i = 0; i < n.inputs().size(); i++) {
                if (n.op().weightOperands().contains(i)) {
                    Value v = behindViews(n.input(i));
                    if (v.isParameter() && v.dtype().isFloat() && !isScale(n, v)) {
                        found.add(v);
                    }
                }
            }
        }
        return List.copyOf(found);
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
