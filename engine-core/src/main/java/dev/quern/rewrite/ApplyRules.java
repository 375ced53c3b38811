package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Interner;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Rebuilds a graph under rules, each node once its operands are rebuilt. An operator that was applied to the same
/// values before is not applied again (interning), so common subexpressions become one; initializers are never merged.
///
/// @param budget how many rules may be applied for each node of the graph before that counts as going in circles
public record ApplyRules(List<Rule> rules, int budget) implements Pass {

    public ApplyRules {
        rules = List.copyOf(rules);
    }

    /// The standard budget.
    public ApplyRules(List<Rule> rules) {
        this(rules, 16);
    }

    /// @throws RewriteException where rules go in circles
    @Override
    public Graph apply(Graph graph) {
        return new Run(graph).run();
    }

    private final class Run {
        private final Graph graph;
        private final GraphBuilder builder;
        private final Map<Value, Value> to = new IdentityHashMap<>();
        private final Interner interner = new Interner();
        private long left;

        Run(Graph graph) {
            this.graph = graph;
            this.builder = new GraphBuilder(graph.name());
            this.left = (long) budget * Math.max(1, graph.nodes().size());
        }

        Graph run() {
            graph.inputs().forEach(v -> to.put(v, builder.input(v.name(), v.type())));
            for (Node n : graph.nodes()) {
                rebuild(n);
            }
            for (int i = 0; i < graph.outputs().size(); i++) {
                builder.output(graph.outputNames().get(i), to(graph.outputs().get(i)));
            }
            return builder.build();
        }

        private Value to(Value v) {
            return to.getOrDefault(v, v);
        }

        private void rebuild(Node n) {
            if (n.op() instanceof OpaqueOp) {
                builder.copy(n, to);
                return;
            }
            builder.at(n.origins());
            List<String> names = n.outputs().stream().map(Value::name).toList();
            List<Value> results = emit(n.op(), n.inputs().stream().map(this::to).toList(), names);
            for (int i = 0; i < n.outputs().size(); i++) {
                to.put(n.output(i), results.get(i));
            }
        }

        private List<Value> emit(Op op, List<Value> operands, List<String> names) {
            return interner.intern(
                    op,
                    operands,
                    () -> rewritten(op, operands).map(List::of).orElseGet(() -> builder.apply(op, operands, names)));
        }

        private Optional<Value> rewritten(Op op, List<Value> operands) {
            List<String> origins = builder.origins();
            for (Rule rule : rules) {
                Optional<Value> result = rule.apply(op, operands, (o, in) -> {
                    if (--left < 0) {
                        throw new RewriteException(
                                "rewriting does not come to an end; the last rule was \"" + rule.name() + "\"");
                    }
                    List<String> because = new ArrayList<>(origins);
                    because.add("rule: " + rule.name());
                    builder.at(because);
                    return emit(o, in, List.of()).getFirst();
                });
                builder.at(origins);
                if (result.isPresent()) {
                    return result;
                }
            }
            return Optional.empty();
        }
    }
}
