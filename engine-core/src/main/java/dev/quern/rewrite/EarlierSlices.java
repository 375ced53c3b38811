package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Indexing;
import dev.quern.op.Shaping;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Takes slices before what is done to each position for itself. A classifier that looks at the first token only has
/// its last block computed for that token, except keys and values, which all of them give: where every reader of a
/// value reads the same range along one axis, the value is made for that range. Each result keeps its bits.
public record EarlierSlices() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        Graph used = new DropUnused().apply(graph);
        Run run = new Run(used);
        run.ask();
        return run.earlier.isEmpty() ? graph : run.rebuild();
    }

    /// Positions `from` to `to` (exclusive) of an axis.
    private record Cut(int axis, long from, long to) {}

    private static final class Run {
        private final Graph graph;
        private final GraphCopy copy;

        /// What is read of a value, where all readers read the same part.
        private final Map<Value, Cut> asked = new IdentityHashMap<>();

        private final Set<Value> whole = Collections.newSetFromMap(new IdentityHashMap<>());

        /// The nodes that are computed for a part, with what they read of their operands (nothing: all).
        private final Map<Node, List<Optional<Cut>>> earlier = new IdentityHashMap<>();

        private final Map<Value, Map<Cut, Value>> slices = new IdentityHashMap<>();

        Run(Graph graph) {
            this.graph = graph;
            this.copy = new GraphCopy(graph).inputs();
        }

        /// Goes from the results to the operands.
        void ask() {
            graph.outputs().forEach(this::askWhole);
            for (Node n : graph.nodes().reversed()) {
                Optional<Cut> read = read(n);
                if (read.isPresent()) {
                    ask(n.input(0), read.get());
                    n.inputs().stream().skip(1).forEach(this::askWhole);
                    continue;
                }
                List<Optional<Cut>> operands = operands(n);
                if (operands.isEmpty()) {
                    n.inputs().forEach(this::askWhole);
                    continue;
                }
                earlier.put(n, operands);
                for (int i = 0; i < operands.size(); i++) {
                    Value v = n.input(i);
                    operands.get(i).ifPresentOrElse(c -> ask(v, c), () -> askWhole(v));
                }
            }
        }

        /// What `n` needs of its operands, none where it gives all of its results.
        private List<Optional<Cut>> operands(Node n) {
            Cut cut = asked.get(n.output(0));
            if (cut == null
                    || !isKnown(n)
                    || n.outputs().stream().skip(1).anyMatch(v -> asked.containsKey(v) || whole.contains(v))) {
                return List.of();
            }
            return RowWise.of(n, cut.axis).orElse(List.of()).stream()
                    .map(axis -> axis == RowWise.WHOLE
                            ? Optional.<Cut>empty()
                            : Optional.of(new Cut(axis, cut.from, cut.to)))
                    .toList();
        }

        private void askWhole(Value v) {
            whole.add(v);
            asked.remove(v);
        }

        private void ask(Value v, Cut cut) {
            if (whole.contains(v)) {
                return;
            }
            Cut other = asked.putIfAbsent(v, cut);
            if (other != null && !other.equals(cut)) {
                askWhole(v);
            }
        }

        /// The range that a slice, or a gathering of one position, reads of its operand.
        private static Optional<Cut> read(Node n) {
            Value x = n.input(0);
            if (!(x.type() instanceof Type.TensorType(var ignored, Shape shape)) || !shape.isRanked()) {
                return Optional.empty();
            }
            return switch (n.op()) {
                case Arranging.Slice() -> {
                    Optional<Long> from = number(n, 1);
                    Optional<Long> to = number(n, 2);
                    Optional<Long> axis = n.inputs().size() > 3 ? number(n, 3) : Optional.of(0L);
                    boolean steps = n.inputs().size() > 4 && !number(n, 4).equals(Optional.of(1L));
                    yield from.isEmpty() || to.isEmpty() || axis.isEmpty() || steps
                            ? Optional.empty()
                            : cut(shape, axis.get(), from.get(), to.get());
                }
                case Indexing.Gather(int axis)
                when n.input(1).rank() == 0 -> number(n, 1).flatMap(i -> cut(shape, axis, i, i + 1));
                default -> Optional.empty();
            };
        }

        private static Optional<Cut> cut(Shape shape, long axis, long from, long to) {
            Cut cut = new Cut(Shape.axis(axis, shape.rank()), from, to);
            var dim = shape.dim(cut.axis);
            boolean within = dim.isFixed() && to <= dim.extent();
            return from >= 0 && from < to && within ? Optional.of(cut) : Optional.empty();
        }

        private static Optional<Long> number(Node n, int operand) {
            return n.input(operand)
                    .constant()
                    .filter(t -> t.length() == 1 && t.dtype().isInteger())
                    .map(t -> t.getLong(0));
        }

        /// Whether the operands that say a shape are known.
        private static boolean isKnown(Node n) {
            return !(n.op() instanceof Shaping.Reshape) || n.input(1).constant().isPresent();
        }

        Graph rebuild() {
            for (Node n : graph.nodes()) {
                List<Optional<Cut>> operands = earlier.get(n);
                Optional<Cut> read = read(n);
                if (operands != null) {
                    rebuild(n, operands);
                } else if (read.isPresent() && isCut(n.input(0))) {
                    take(n);
                } else {
                    copy.copy(n);
                }
            }
            return copy.finish();
        }

        private boolean isCut(Value v) {
            return v.producer().filter(earlier::containsKey).isPresent();
        }

        /// What reads a part of a value of which no other part is there.
        private void take(Node n) {
            Value part = copy.of(n.input(0));
            if (n.op() instanceof Indexing.Gather) {
                copy.copy(
                        n,
                        n.op(),
                        List.of(
                                part,
                                copy.builder().constant(Tensor.scalar(n.input(1).dtype(), 0))));
            } else {
                copy.put(n.output(0), part);
            }
        }

        private void rebuild(Node n, List<Optional<Cut>> operands) {
            List<Value> in = new ArrayList<>();
            for (int i = 0; i < operands.size(); i++) {
                Value v = n.input(i);
                in.add(operands.get(i).map(c -> part(v, c)).orElseGet(() -> copy.of(v)));
            }
            Op op = n.op();
            if (op instanceof Shaping.Reshape) {
                Cut cut = Objects.requireNonNull(asked.get(n.output(0)));
                in.set(1, dims(n.input(1).constant().orElseThrow(), cut));
            }
            copy.copy(n, op, in);
        }

        /// The dims of a reshape, of which one may say the extent that has become less.
        private Value dims(Tensor dims, Cut cut) {
            long[] wanted = dims.toLongs();
            if (wanted[cut.axis] > 0) {
                wanted[cut.axis] = cut.to - cut.from;
            }
            return copy.builder().longs(wanted);
        }

        private Value part(Value v, Cut cut) {
            if (isCut(v)) {
                return copy.of(v);
            }
            return slices.computeIfAbsent(v, key -> new HashMap<>()).computeIfAbsent(cut, c -> {
                var g = copy.builder();
                return g.apply(new Arranging.Slice(), copy.of(v), g.longs(c.from), g.longs(c.to), g.longs(c.axis));
            });
        }
    }
}
