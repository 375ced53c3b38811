package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow.Loop;
import dev.quern.op.Formula;
import dev.quern.op.Sequences.ConcatFromSequence;
import dev.quern.op.Sequences.SequenceEmpty;
import dev.quern.op.Sequences.SequenceInsert;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/// Makes a sequence that a loop grows by one tensor an iteration, and that is only joined behind it, a scan output of
/// the loop: a tensor, through which gradients pass. Where the loop makes no iteration the result is empty; an empty
/// sequence cannot be joined. Results keep their bits.
public record GrownSequences() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        return new WithinBodies(GrownSequences::stacked).apply(graph);
    }

    private static Graph stacked(Graph graph) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        Map<Value, Value> stacks = new IdentityHashMap<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof ConcatFromSequence join && stacks.containsKey(n.input(0))) {
                copy.builder().at(n.origins());
                Value stack = Objects.requireNonNull(stacks.get(n.input(0)));
                copy.put(n.output(0), joined(new Formula(copy.builder()), stack, join));
            } else if (n.op() instanceof Loop loop) {
                List<Grown> grown = IntStream.range(0, loop.carried())
                        .mapToObj(i -> grown(graph, n, loop, i))
                        .flatMap(Optional::stream)
                        .toList();
                stack(copy, n, loop, grown, stacks);
            } else {
                copy.copy(n);
            }
        }
        return copy.finish();
    }

    /// A carried sequence.
    ///
    /// @param carried its place among the carried values
    /// @param insertion what makes it longer
    private record Grown(int carried, Node insertion) {}

    /// Carried value `i` of a loop, if it begins empty, gets one tensor at its end, and is read nowhere else but where
    /// it is joined.
    private static Optional<Grown> grown(Graph graph, Node n, Loop loop, int i) {
        Value result = n.output(i);
        List<Node> joins = readers(graph, result);
        Graph body = loop.body();
        Value before = body.inputs().get(2 + i);
        Value after = body.outputs().get(1 + i);
        return after.producer()
                .filter(insert -> insert.op() instanceof SequenceInsert
                        && insert.inputs().size() == 2
                        && insert.input(0) == before)
                .filter(insert -> readers(body, before).equals(List.of(insert))
                        && !body.outputs().contains(before)
                        && readers(body, after).isEmpty()
                        && Collections.frequency(body.outputs(), after) == 1)
                .filter(insert -> isEmpty(n.input(first(loop) + i))
                        && !graph.outputs().contains(result)
                        && !joins.isEmpty()
                        && joins.stream().allMatch(join -> isStack(join, insert.input(1))))
                .map(insert -> new Grown(i, insert));
    }

    private static List<Node> readers(Graph graph, Value v) {
        return graph.nodes().stream().filter(n -> n.inputs().contains(v)).toList();
    }

    private static boolean isEmpty(Value sequence) {
        return sequence.producer().filter(p -> p.op() instanceof SequenceEmpty).isPresent();
    }

    /// Whether `join` joins equal shapes: parts that follow each other along an axis may differ in its extent.
    private static boolean isStack(Node join, Value part) {
        return join.op() instanceof ConcatFromSequence(int axis, boolean isNew)
                && part.type() instanceof Type.TensorType(var ignored, Shape shape)
                && shape.isRanked()
                && (isNew || shape.dim(axis).isFixed());
    }

    /// The operand that is the first carried value.
    private static int first(Loop loop) {
        return (loop.counted() ? 1 : 0) + (loop.conditional() ? 1 : 0);
    }

    /// Puts `loop` into the copy, with scan outputs for `grown` behind those that it has.
    private static void stack(GraphCopy copy, Node n, Loop loop, List<Grown> grown, Map<Value, Value> stacks) {
        if (grown.isEmpty()) {
            copy.copy(n);
            return;
        }
        List<Integer> left = grown.stream().map(Grown::carried).toList();
        List<Value> results = new ArrayList<>(without(n.outputs(), left, 0));
        Loop scanning = new Loop(
                body(loop.body(), grown, left), loop.counted(), loop.conditional(), loop.carried() - grown.size());
        copy.builder().at(n.origins());
        List<Value> given = copy.builder().apply(scanning, copy.of(without(n.inputs(), left, first(loop))));
        for (int i = 0; i < results.size(); i++) {
            copy.put(results.get(i), given.get(i));
        }
        for (int i = 0; i < grown.size(); i++) {
            stacks.put(n.output(left.get(i)), given.get(results.size() + i));
        }
    }

    private static Graph body(Graph body, List<Grown> grown, List<Integer> left) {
        GraphCopy copy = new GraphCopy(body);
        GraphBuilder g = copy.builder();
        without(body.inputs(), left, 2).forEach(v -> copy.put(v, g.input(v.name(), v.type())));
        List<Node> insertions = grown.stream().map(Grown::insertion).toList();
        body.nodes().stream().filter(n -> !insertions.contains(n)).forEach(copy::copy);
        List<String> names = without(body.outputNames(), left, 1);
        List<Value> outputs = without(body.outputs(), left, 1);
        for (int i = 0; i < names.size(); i++) {
            g.output(names.get(i), copy.of(outputs.get(i)));
        }
        grown.forEach(s -> g.output(
                body.outputNames().get(1 + s.carried()), copy.of(s.insertion().input(1))));
        return g.build();
    }

    /// `all` but for the carried values `left`, of which the first is at `from`.
    private static <T> List<T> without(List<T> all, List<Integer> left, int from) {
        return IntStream.range(0, all.size())
                .filter(i -> !left.contains(i - from))
                .mapToObj(all::get)
                .toList();
    }

    /// `stack`, of which axis 0 counts the tensors, as `join` joins them.
    private static Value joined(Formula f, Value stack, ConcatFromSequence join) {
        int rank = stack.rank();
        int at = Shape.axis(join.axis(), join.newAxis() ? rank : rank - 1);
        List<Integer> order = new ArrayList<>(IntStream.range(1, rank).boxed().toList());
        order.add(at, 0);
        Value moved = at == 0
                ? stack
                : f.transpose(stack, order.stream().mapToInt(i -> i).toArray());
        if (join.newAxis()) {
            return moved;
        }
        long[] dims = new long[at + 1];
        dims[at] = -1;
        Value leading = f.g().longs(dims);
        return f.reshape(moved, at + 2 == rank ? leading : f.shape(leading, f.dims(moved, at + 2, rank)));
    }
}
