package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.ShapeQueries;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// The nodes where the way from some floats to a value leaves the floats: they turn them into truths, indices or
/// labels,
/// which have no slope. Nodes that ask for extents only do not count.
final class DeadEnds {
    private DeadEnds() {}

    /// In the order of the graph, by operator and name.
    static List<String> of(Graph graph, Value to, List<Value> from) {
        Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        needed.add(to);
        for (Node n : graph.nodes().reversed()) {
            if (n.outputs().stream().anyMatch(needed::contains)) {
                needed.addAll(n.inputs());
            }
        }
        Set<Value> floats = Collections.newSetFromMap(new IdentityHashMap<>());
        floats.addAll(from);
        List<String> ends = new ArrayList<>();
        for (Node n : graph.nodes()) {
            List<Value> onward = n.outputs().stream().filter(needed::contains).toList();
            boolean isValue = !(n.op() instanceof ShapeQueries) && !onward.isEmpty();
            if (isValue && n.inputs().stream().anyMatch(floats::contains)) {
                List<Value> soft = onward.stream().filter(DeadEnds::isOfFloats).toList();
                floats.addAll(soft);
                if (soft.isEmpty()) {
                    ends.add(n.title());
                }
            }
        }
        return ends;
    }

    private static boolean isOfFloats(Value v) {
        return v.type() instanceof TensorType t && t.dtype().isFloat();
    }
}
