package dev.quern.rewrite;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.HasBodies;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.ShapeValues;
import dev.quern.graph.Value;
import dev.quern.op.Quantization;
import dev.quern.op.Randoms;
import dev.quern.op.Shaping;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Computes what follows from constants and fixed shapes, weights too, where that makes a model no larger: a result
/// takes the place of the nodes and constants that only it depends on if it has no more bytes than they.
///
/// Every number is computed once, by the operator's own meaning: nothing is reassociated. Random numbers, branches and
/// loops are left.
public record ComputeConstants() implements Pass {
    /// What a node takes in a file, without its constants; rather less than more.
    static final int NODE_BYTES = 48;

    /// What a constant takes besides its elements.
    static final int CONSTANT_BYTES = 24;

    /// Above this many multiplications computing at leisure, element by element, is no more worth it.
    private static final double MOST_WORK = 2e9;

    /// Above this a value is computed only if it is not larger than what it comes from.
    private static final long SMALL = 1 << 20;

    @Override
    public Graph apply(Graph graph) {
        return new Run(graph).run();
    }

    private static final class Run {
        private final Graph graph;
        private final Map<Value, Tensor> known = new IdentityHashMap<>();
        private final Map<Value, Integer> uses = new IdentityHashMap<>();
        private final Set<Node> dropped = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Set<Value> computed = Collections.newSetFromMap(new IdentityHashMap<>());
        /// Scales and zero points, which files hold as vectors, under the shapes in which they broadcast.
        private final Set<Value> quantising = Collections.newSetFromMap(new IdentityHashMap<>());

        Run(Graph graph) {
            this.graph = graph;
            graph.nodes().forEach(n -> n.inputs().forEach(v -> uses.merge(v, 1, Integer::sum)));
            graph.outputs().forEach(v -> uses.merge(v, 1, Integer::sum));
            graph.nodes().stream()
                    .filter(n -> n.op() instanceof Quantization)
                    .forEach(n -> quantising.addAll(n.inputs()));
        }

        Graph run() {
            graph.nodes().forEach(this::compute);
            graph.nodes().reversed().forEach(this::decide);
            GraphCopy copy = new GraphCopy(graph).inputs();
            for (Node n : graph.nodes()) {
                if (!dropped.contains(n)) {
                    copy.copy(n);
                }
                n.outputs().stream().filter(computed::contains).forEach(v -> put(copy, v));
            }
            return copy.finish();
        }

        private void put(GraphCopy copy, Value v) {
            known(v).ifPresent(t -> copy.put(v, copy.builder().parameter(v.name(), t)));
        }

        private Optional<Tensor> known(Value v) {
            return v.constant().or(() -> Optional.ofNullable(known.get(v)));
        }

        private void compute(Node n) {
            if (n.op() instanceof ShapeValues.ShapeOf of) {
                of.value(n.input(0).type()).ifPresent(t -> known.put(n.output(0), t));
                return;
            }
            List<Tensor> operands = new ArrayList<>();
            for (Value v : n.inputs()) {
                Optional<Tensor> t = known(v);
                if (t.isEmpty()) {
                    return;
                }
                operands.add(t.get());
            }
            if (isWorthIt(n, operands)) {
                try {
                    store(n, new Evaluator().evaluate(n.op(), List.copyOf(operands)));
                } catch (ShapeException fails) {
                    // it will say so when the model runs
                    known.keySet().removeAll(n.outputs());
                }
            }
        }

        private void store(Node n, List<Datum> results) {
            for (int i = 0; i < n.outputs().size(); i++) {
                if (results.get(i) instanceof Tensor t) {
                    known.put(n.output(i), t);
                }
            }
        }

        private static boolean isWorthIt(Node n, List<Tensor> operands) {
            boolean computable = switch (n.op()) {
                case HasBodies ignored -> false;
                case Randoms ignored -> false;
                case PrimitiveOp ignored -> true;
                case CompositeOp ignored -> true;
                case HostOp ignored -> true;
                case OpaqueOp ignored -> false;
            };
            if (!computable
                    || n.outputs().stream()
                            .anyMatch(v -> !(v.type() instanceof Type.TensorType t)
                                    || !t.shape().isConcrete())) {
                return false;
            }
            long in = operands.stream().mapToLong(ComputeConstants::bytes).sum();
            long out = n.outputs().stream().mapToLong(v -> elements(v)).sum();
            double largest = operands.stream().mapToDouble(Tensor::length).max().orElse(1);
            double second = operands.size() < 2
                    ? 1
                    : operands.stream().mapToDouble(Tensor::length).sorted().toArray()[operands.size() - 2];
            // √(mk · kn · mn) = mkn, the multiplications of a product
            return out * 8 <= Math.max(SMALL, 2 * in) && Math.sqrt(largest * second * out) <= MOST_WORK;
        }

        private static long elements(Value v) {
            long n = 1;
            for (long e : v.shape().extents()) {
                n = Math.multiplyHigh(n, e) != 0 ? Long.MAX_VALUE : n * e;
            }
            return n < 0 ? Long.MAX_VALUE / 16 : Math.min(n, Long.MAX_VALUE / 16);
        }

        /// Later nodes come first, so all that uses a value is decided when its node is.
        private void decide(Node n) {
            List<Value> wanted = n.outputs().stream().filter(v -> count(v) > 0).toList();
            boolean all = n.outputs().stream().anyMatch(known::containsKey)
                    && wanted.stream().allMatch(known::containsKey);
            boolean shapes = n.op() instanceof Shaping && wanted.stream().anyMatch(quantising::contains);
            if (!all || shapes) {
                return;
            }
            long bytes = wanted.stream()
                    .mapToLong(v -> known(v).map(ComputeConstants::bytes).orElse(0L) + CONSTANT_BYTES)
                    .sum();
            if (bytes <= freed(n)) {
                dropped.add(n);
                computed.addAll(wanted);
                n.inputs().forEach(v -> uses.merge(v, -1, Integer::sum));
            }
        }

        private int count(Value v) {
            return uses.getOrDefault(v, 0);
        }

        /// The bytes of `n` and of all nodes and constants that only it depends on.
        private long freed(Node n) {
            long freed = 0;
            Map<Value, Integer> within = new IdentityHashMap<>();
            List<Node> cone = new ArrayList<>(List.of(n));
            for (int i = 0; i < cone.size(); i++) {
                freed += NODE_BYTES;
                for (Value v : cone.get(i).inputs()) {
                    if (within.merge(v, 1, Integer::sum) == count(v)) {
                        freed +=
                                v.constant().map(t -> bytes(t) + CONSTANT_BYTES).orElse(0L);
                        v.producer().filter(p -> isAlone(p, within)).ifPresent(cone::add);
                    }
                }
            }
            return freed;
        }

        private boolean isAlone(Node p, Map<Value, Integer> within) {
            return p.outputs().stream().allMatch(v -> known.containsKey(v) && within.getOrDefault(v, 0) == count(v));
        }
    }

    static long bytes(Tensor t) {
        if (t.array() instanceof String[] strings) {
            long bytes = 0;
            for (String s : strings) {
                bytes += s.length() + 2L;
            }
            return bytes;
        }
        return Math.ceilDiv((long) t.length() * t.dtype().bits(), 8);
    }
}
