package dev.quern.op;

import dev.quern.gradient.Gradient;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The gradient of one operator as a graph.
final class Pullback {
    private Pullback() {}

    /// A graph that takes the inputs of `forward` and a cotangent for each of its float outputs, and gives the
    /// gradients of the inputs `wanted`, by place; a gradient that is 0 everywhere may be missing.
    static Graph of(Graph forward, List<Integer> wanted) {
        return of(forward, wanted, "dy");
    }

    /// The same with another name for the cotangents, which a number follows.
    static Graph of(Graph forward, List<Integer> wanted, String cotangent) {
        GraphBuilder g = new GraphBuilder("pullback");
        List<Value> in =
                forward.inputs().stream().map(v -> g.input(v.name(), v.type())).toList();
        List<Value> out = g.inline(forward, in);
        List<Value> results = new ArrayList<>();
        List<Value> cotangents = new ArrayList<>();
        for (int i = 0; i < out.size(); i++) {
            if (out.get(i).dtype().isFloat()) {
                results.add(out.get(i));
                cotangents.add(g.input(cotangent + i, out.get(i).type()));
            }
        }
        List<Value> leaves = wanted.stream().map(in::get).toList();
        List<Optional<Value>> gradients = Gradient.pullBack(g, results, cotangents, leaves, node -> false);
        for (int i = 0; i < leaves.size(); i++) {
            String name = "d" + wanted.get(i);
            gradients.get(i).ifPresent(d -> g.output(name, d));
        }
        return g.build();
    }
}
