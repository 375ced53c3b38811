package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Interner;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Rebuilds a graph under rules, each node once its operands are rebuilt. An operator that was applied to the same
/// values before is not applied again (interning), so common subexpressions become one; initializers are never merged.
///
/// @param budget how many rules may be applied for each node of the graph before that counts as going in circles
public record ApplyRules(List<? extends Rewriting> rules, int budget) implements Pass {

    public ApplyRules {
        rules = List.copyOf(rules);
    }

    /// The standard budget.
    public ApplyRules(List<? extends Rewriting> rules) {
        this(rules, 16);
    }

    /// @throws RewriteException where rules go in circles
    @Override
    public Graph apply(Graph graph) {
        return new Run(graph).run();
    }

    private final class Run {
        private final Graph graph;
        private final GraphCopy copy;
        private final GraphBuilder builder;
        private final Interner interner = new Interner();
        private final Set<Value> used = Collections.newSetFromMap(new IdentityHashMap<>());
        private long left;

        Run(Graph graph) {
            this.graph = graph;
            this.copy = new GraphCopy(graph).inputs();
            this.builder = copy.builder();
            this.left = (long) budget * Math.max(1, graph.nodes().size());
            graph.nodes().forEach(n -> used.addAll(n.inputs()));
            used.addAll(graph.outputs());
        }

        Graph run() {
            for (Node n : graph.nodes()) {
                rebuild(n);
            }
            return copy.finish();
        }

        private void rebuild(Node n) {
            if (n.op() instanceof OpaqueOp) {
                copy.copy(n);
                return;
            }
            builder.at(n.origins());
            List<Value> operands = copy.of(n.inputs());
            boolean isOne = n.outputs().stream().skip(1).noneMatch(used::contains);
            Optional<Value> simpler = isOne ? rewritten(n.op(), operands) : Optional.empty();
            if (simpler.isPresent()) {
                copy.put(n.output(0), simpler.get());
                return;
            }
            List<String> names = n.outputs().stream().map(Value::name).toList();
            List<Value> results = interner.intern(n.op(), operands, () -> builder.apply(n.op(), operands, names));
            for (int i = 0; i < n.outputs().size(); i++) {
                copy.put(n.output(i), results.get(i));
            }
        }

        /// The first result of what a rewriting asks for, which may itself be rewritten.
        private Value emit(Op op, List<Value> operands) {
            return rewritten(op, operands)
                    .orElseGet(() -> interner.intern(op, operands, () -> builder.apply(op, operands))
                            .getFirst());
        }

        private Optional<Value> rewritten(Op op, List<Value> operands) {
            List<String> origins = builder.origins();
            for (Rewriting rule : rules) {
                Optional<Value> result = rule.apply(op, operands, new Emitting(rule, origins));
                builder.at(origins);
                if (result.isPresent()) {
                    return result;
                }
            }
            return Optional.empty();
        }

        /// What one rewriting adds.
        private final class Emitting implements Rewriting.Emitter {
            private final Rewriting rule;
            private final List<String> origins;

            Emitting(Rewriting rule, List<String> origins) {
                this.rule = rule;
                this.origins = origins;
            }

            @Override
            public Value emit(Op op, List<Value> operands) {
                if (--left < 0) {
                    throw new RewriteException(
                            "rewriting does not come to an end; the last rule was \"" + rule.name() + "\"");
                }
                List<String> because = new ArrayList<>(origins);
                because.add("rule: " + rule.name());
                builder.at(because);
                return Run.this.emit(op, operands);
            }

            @Override
            public Optional<Tensor> known(Value v) {
                return builder.valueOf(v);
            }

            @Override
            public List<Type> types(Op op, List<Value> operands) {
                return op.infer(builder.operands(operands));
            }

            @Override
            public Value literal(Tensor tensor) {
                return builder.constant(tensor);
            }
        }
    }
}
