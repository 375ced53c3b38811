package dev.quern.convert;

import dev.quern.op.TreeEnsemble;
import dev.quern.op.Trees;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Trees whose thresholds are float32, such that every float32 input takes the branch that it takes now: x ≤ t and x >
/// t hold for the same floats where t is rounded down, x < t and x ≥ t where it is rounded up, and no float equals a
/// threshold that is none.
final class FloatThresholds {
    private FloatThresholds() {}

    static TreeEnsemble of(TreeEnsemble ensemble) {
        Trees trees = ensemble.trees();
        Map<Integer, Trees.Node> nodes = new HashMap<>();
        List<Trees.Node> all = trees.nodes();
        for (int i = 0; i < all.size(); i++) {
            nodes.put(
                    i,
                    switch (all.get(i)) {
                        case Trees.Leaf leaf -> leaf;
                        case Trees.Decision d ->
                            new Trees.Decision(d.feature(), d.mode(), threshold(d), d.missingIsYes(), d.yes(), d.no());
                    });
        }
        List<Set<Double>> sets = new ArrayList<>();
        for (Set<Double> s : trees.sets()) {
            Set<Double> floats = new HashSet<>(s);
            floats.removeIf(t -> t != (float) (double) t);
            sets.add(floats);
        }
        return new TreeEnsemble(new Trees(trees.targets(), nodes, trees.roots(), sets), ensemble.aggregate());
    }

    private static double threshold(Trees.Decision d) {
        return switch (d.mode()) {
            case LEQ, GT -> down(d.threshold());
            case LT, GTE -> -down(-d.threshold());
            case EQ, NEQ -> d.threshold() == (float) d.threshold() ? d.threshold() : Double.NaN;
            case MEMBER -> d.threshold();
        };
    }

    /// The largest float that is not above `t`.
    private static double down(double t) {
        float nearest = (float) t;
        return nearest > t ? Math.nextDown(nearest) : nearest;
    }
}
