package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Casting;
import dev.quern.op.ControlFlow;
import dev.quern.op.TreeEnsemble;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The floats of a graph in another type: each node computes in it that can ([Islands]), with casts where values pass
/// from one type to another and as few as possible. Weights are rounded once, to nearest.
///
/// Branches and loops change within: what goes into their bodies and comes out has the new type, and nodes in them
/// that cannot change keep theirs, with casts around them.
///
/// Thresholds of trees are rounded so that every float32 input takes the branch that it took ([FloatThresholds]).
///
/// @param magnitudes the largest magnitude seen of values, by name
/// @param unstable names of first results of nodes without which something would no longer be finite
/// @param format what the file can say
public record ChangePrecision(Precision precision, Map<String, Double> magnitudes, Set<String> unstable, Format format)
        implements Transform {
    public ChangePrecision {
        magnitudes = Map.copyOf(magnitudes);
        unstable = Set.copyOf(unstable);
    }

    ChangePrecision keeping(Set<String> values) {
        return new ChangePrecision(precision, magnitudes, values, format);
    }

    /// What a file format has operators for.
    @FunctionalInterface
    public interface Format {
        /// Whether `op` on operands of these types can be said.
        boolean takes(Op op, List<Type> operands);
    }

    @Override
    public boolean changesValues() {
        return true;
    }

    @Override
    public List<ConversionReport.Kept> kept(Graph graph) {
        Islands islands = new Islands(this, froms());
        List<ConversionReport.Kept> kept = new ArrayList<>();
        for (Node n : graph.nodes()) {
            Optional<String> reason = islands.reason(n);
            reason.ifPresent(r -> kept.add(new ConversionReport.Kept(n.title(), r)));
            if (reason.isEmpty() && n.op() instanceof ControlFlow control) {
                control.bodies().forEach(b -> kept.addAll(kept(b)));
            }
        }
        return kept;
    }

    /// The types that change.
    private Set<DType> froms() {
        Set<DType> froms = EnumSet.of(DType.F16, DType.BF16, DType.F32);
        if (precision.to().bits() > 16) {
            froms.add(DType.F64);
        }
        froms.remove(precision.to());
        return froms;
    }

    @Override
    public Graph apply(Graph graph) {
        return new Run(graph, precision.interfaceToo()).run();
    }

    /// The operator with bodies of the new type, which take and give it too.
    ControlFlow within(ControlFlow op) {
        return op.with(op.bodies().stream().map(b -> new Run(b, true).run()).toList());
    }

    private final class Run {
        private final Graph graph;
        private final boolean interfaceToo;
        private final GraphBuilder builder;
        private final DType to = precision.to();
        private final Set<DType> froms = froms();
        private final Islands islands = new Islands(ChangePrecision.this, froms);
        /// Values in the type that they had.
        private final Map<Value, Value> before = new IdentityHashMap<>();
        /// Values in the new type.
        private final Map<Value, Value> after = new IdentityHashMap<>();

        Run(Graph graph, boolean interfaceToo) {
            this.graph = graph;
            this.interfaceToo = interfaceToo;
            this.builder = new GraphBuilder(graph.name());
        }

        Graph run() {
            for (Value v : graph.inputs()) {
                if (interfaceToo && changes(v)) {
                    after.put(v, builder.input(v.name(), Type.tensor(to, v.shape())));
                } else {
                    before.put(v, builder.input(v.name(), v.type()));
                }
            }
            graph.nodes().forEach(this::node);
            for (int i = 0; i < graph.outputs().size(); i++) {
                Value v = graph.outputs().get(i);
                boolean isNew = interfaceToo && changes(v);
                builder.output(graph.outputNames().get(i), isNew ? changed(v) : unchanged(v));
            }
            return builder.build();
        }

        private boolean changes(Value v) {
            return v.type() instanceof Type.TensorType t && froms.contains(t.dtype());
        }

        private Value unchanged(Value v) {
            if (v.definition() instanceof Value.Constant) {
                return v;
            }
            return before.computeIfAbsent(v, u -> cast(after.getOrDefault(u, u), u.dtype()));
        }

        private Value changed(Value v) {
            return after.computeIfAbsent(
                    v,
                    u -> u.constant()
                            .map(t -> u.isParameter()
                                    ? builder.parameter(u.name(), t.as(to))
                                    : builder.constant(t.as(to)))
                            .orElseGet(() -> cast(before.getOrDefault(u, u), to)));
        }

        private Value cast(Value v, DType type) {
            List<String> origins = builder.origins();
            // a name of its own, so that the values of the graph keep theirs
            Value cast = builder.at(List.of())
                    .apply(new Casting.Cast(type), List.of(v), List.of(v.name() + "_" + type))
                    .getFirst();
            builder.at(origins);
            return cast;
        }

        private void node(Node n) {
            builder.at(n.origins());
            boolean keeps = islands.reason(n).isPresent() || islands.onlyPasses(n, v -> !isOnlyBefore(v));
            if (!keeps && n.op() instanceof Casting.Cast(DType type) && froms.contains(type) && changes(n.input(0))) {
                after.put(n.output(0), changed(n.input(0)));
                return;
            }
            List<Value> in = new ArrayList<>();
            for (int i = 0; i < n.inputs().size(); i++) {
                in.add(operand(n, i, keeps));
            }
            List<String> names = n.outputs().stream().map(Value::name).toList();
            List<Value> out = keeps && n.op() instanceof dev.quern.graph.OpaqueOp
                    ? builder.add(
                                    n.op(),
                                    in,
                                    n.outputs().stream().map(Value::type).toList(),
                                    names)
                            .outputs()
                    : builder.apply(keeps ? n.op() : adapted(n.op()), in, names);
            for (int i = 0; i < out.size(); i++) {
                boolean isNew = changes(n.output(i)) && out.get(i).dtype() == to;
                (isNew ? after : before).put(n.output(i), out.get(i));
            }
        }

        private boolean isOnlyBefore(Value v) {
            return !(v.definition() instanceof Value.Constant) && !after.containsKey(v);
        }

        private Value operand(Node n, int i, boolean keeps) {
            Value v = n.input(i);
            if (!changes(v)) {
                return unchanged(v);
            }
            if (n.op().likeOperands().contains(i)) {
                return isOnlyBefore(v) || v.constant().isPresent() ? unchanged(v) : changed(v);
            }
            return keeps || n.op().shapeOperands().contains(i) ? unchanged(v) : changed(v);
        }

        private Op adapted(Op op) {
            return switch (op) {
                case Casting.Cast(DType type) when froms.contains(type) -> new Casting.Cast(to);
                case ControlFlow control -> islands.changed(control);
                case TreeEnsemble t when to == DType.F32 -> FloatThresholds.of(t);
                default -> op;
            };
        }
    }

    /// The operands of `n` in the types in which it would compute.
    static List<Type> types(Node n, DType to, Set<DType> froms) {
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < n.inputs().size(); i++) {
            Type type = n.input(i).type();
            boolean changes = type instanceof Type.TensorType t
                    && froms.contains(t.dtype())
                    && !n.op().shapeOperands().contains(i)
                    && !n.op().likeOperands().contains(i);
            types.add(changes ? Type.tensor(to, type.asTensor().shape()) : type);
        }
        return types;
    }

    /// The largest magnitude seen of `v`, if it was seen.
    Optional<Double> magnitude(Value v) {
        return v.constant()
                .filter(t -> t.dtype().isFloat())
                .map(Difference::largest)
                .or(() -> Optional.ofNullable(magnitudes.get(v.name())));
    }
}
