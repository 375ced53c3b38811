package dev.quern.graph;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Checks that a graph is well-formed: every value is defined once and before its use, names are unique, and the types
/// of results are what the operators infer. Passes are checked with it in tests.
public final class Verifier {
    private Verifier() {}

    /// @throws IllegalStateException with the first thing that is wrong
    public static Graph verify(Graph graph) {
        Set<Value> defined = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<String> names = new java.util.HashSet<>();
        for (Value v : graph.inputs()) {
            define(v, defined, names);
        }
        GraphBuilder scratch = new GraphBuilder("verify");
        for (Node n : graph.nodes()) {
            n.inputs().forEach(v -> requireDefined(v, defined, n.title()));
            if (!(n.op() instanceof OpaqueOp)) {
                List<?> inferred = n.op().infer(scratch.operands(n.inputs()));
                if (inferred.size() != n.outputs().size()) {
                    throw new IllegalStateException(
                            n.title() + ": has " + n.outputs().size() + " outputs, its operator " + inferred.size());
                }
            }
            for (int i = 0; i < n.outputs().size(); i++) {
                Value v = n.output(i);
                if (!(v.definition() instanceof Value.Result(Node by, int at)) || by != n || at != i) {
                    throw new IllegalStateException(n.title() + ": output " + i + " is defined elsewhere");
                }
                define(v, defined, names);
            }
            if (n.op() instanceof HasBodies control) {
                control.bodies().forEach(Verifier::verify);
            }
        }
        graph.outputs().forEach(v -> requireDefined(v, defined, "output"));
        return graph;
    }

    private static void define(Value v, Set<Value> defined, Set<String> names) {
        if (!defined.add(v) || !names.add(v.name())) {
            throw new IllegalStateException("value %" + v.name() + " is defined twice");
        }
    }

    private static void requireDefined(Value v, Set<Value> defined, String where) {
        if (!(v.definition() instanceof Value.Constant) && !defined.contains(v)) {
            throw new IllegalStateException(where + ": value %" + v.name() + " is used before it is defined");
        }
    }
}
