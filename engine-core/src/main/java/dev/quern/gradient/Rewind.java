package dev.quern.gradient;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.ControlFlow;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The gradient of a loop: the loop once more, which now keeps the state before each iteration, and a Scan that walks
/// back over what was kept and pulls the cotangent of the state through one iteration after another (backpropagation
/// through time; Werbos, 1990). States must keep their shape.
///
/// @param states which operands of the node the states are; outputs 0 … are their last values
/// @param slices the operands that are cut into slices, and how
/// @param outer the captured operands
/// @param stacked the outputs that are stacked, and how
/// @param kept what the second walk kept, iterations along the first axis: whatever the body takes that is neither
///     slice nor captured
/// @param body one iteration: of what was kept, slices and captured values it makes next states and stacked elements
record Rewind(
        Adjoint a,
        List<Integer> states,
        List<Cut> slices,
        List<Integer> outer,
        List<Cut> stacked,
        List<Value> kept,
        Body body) {

    /// An operand or output of the node, and the axis and direction in which iterations lie in it.
    private record Cut(int position, int axis, int direction) {}

    /// Adds one iteration to a graph.
    private interface Body {
        List<Value> iterate(GraphBuilder g, List<Value> kept, List<Value> slices, List<Value> outer);
    }

    static Rewind of(ControlFlow.Scan op, Adjoint a) {
        int states = op.states();
        int scanned = op.axes().size();
        List<Cut> slices = IntStream.range(0, scanned)
                .mapToObj(i ->
                        new Cut(states + i, op.axes().get(i), op.directions().get(i)))
                .toList();
        int outputs = op.body().outputs().size() - states;
        List<Cut> stacked = IntStream.range(0, outputs)
                .mapToObj(i -> new Cut(
                        states + i,
                        op.outputAxes().get(i),
                        op.outputDirections().get(i)))
                .toList();
        ControlFlow.Scan keeping = new ControlFlow.Scan(
                keeping(op.body(), IntStream.range(0, states).boxed().toList()),
                states,
                op.axes(),
                op.directions(),
                joined(op.outputAxes(), Collections.nCopies(states, 0)),
                joined(op.outputDirections(), Collections.nCopies(states, 0)));
        List<Value> results = a.graph().apply(keeping, ControlFlowGradient.inputs(a, 0, a.inputs()));
        return new Rewind(
                a,
                IntStream.range(0, states).boxed().toList(),
                slices,
                IntStream.range(states + scanned, a.inputs()).boxed().toList(),
                stacked,
                results.subList(states + outputs, results.size()),
                (g, kept, cut, outer) -> g.inline(op.body(), joined(joined(kept, cut), outer)));
    }

    static Rewind of(ControlFlow.Loop op, Adjoint a) {
        int first = (op.counted() ? 1 : 0) + (op.conditional() ? 1 : 0);
        int outputs = op.body().outputs().size() - 1 - op.carried();
        List<Integer> keep = new ArrayList<>(List.of(0));
        IntStream.range(0, op.carried()).forEach(i -> keep.add(2 + i));
        ControlFlow.Loop keeping =
                new ControlFlow.Loop(keeping(op.body(), keep), op.counted(), op.conditional(), op.carried());
        List<Value> results = a.graph().apply(keeping, ControlFlowGradient.inputs(a, 0, a.inputs()));
        return new Rewind(
                a,
                IntStream.range(first, first + op.carried()).boxed().toList(),
                List.of(),
                IntStream.range(first + op.carried(), a.inputs()).boxed().toList(),
                IntStream.range(0, outputs)
                        .mapToObj(i -> new Cut(op.carried() + i, 0, 0))
                        .toList(),
                results.subList(op.carried() + outputs, results.size()),
                (g, kept, none, outer) -> {
                    List<Value> in =
                            new ArrayList<>(List.of(kept.getFirst(), g.constant(Tensor.scalar(DType.BOOL, 1L))));
                    in.addAll(kept.subList(1, kept.size()));
                    in.addAll(outer);
                    List<Value> out = g.inline(op.body(), in);
                    return out.subList(1, out.size());
                });
    }

    /// `body` with some of its inputs as further outputs.
    private static Graph keeping(Graph body, List<Integer> inputs) {
        GraphBuilder g = new GraphBuilder(body.name());
        List<Value> in = ControlFlowGradient.inputs(g, body.inputs());
        List<Value> out = g.inline(body, in);
        for (int i = 0; i < out.size(); i++) {
            g.output("y" + i, out.get(i));
        }
        inputs.forEach(i -> g.output("kept" + i, in.get(i)));
        return g.build();
    }

    /// Gives the gradients.
    void give() {
        List<Integer> active = IntStream.range(0, states.size())
                .filter(s -> ControlFlowGradient.isFloat(a.input(states.get(s))))
                .boxed()
                .toList();
        List<Integer> sums = outer.stream().filter(a::wants).toList();
        List<Cut> seeds = stacked.stream()
                .filter(c -> a.cotangent(c.position()).isPresent())
                .toList();
        List<Cut> cuts = slices.stream().filter(c -> a.wants(c.position())).toList();
        GraphBuilder g = a.graph();
        List<Value> in = new ArrayList<>();
        active.forEach(s -> in.add(a.cotangent(s).orElseGet(() -> Gradient.zeros(g, a.input(states.get(s))))));
        sums.forEach(i -> in.add(Gradient.zeros(g, a.input(i))));
        in.addAll(kept);
        slices.forEach(c -> in.add(a.input(c.position())));
        seeds.forEach(c -> in.add(a.cotangent(c.position()).orElseThrow()));
        outer.forEach(i -> in.add(a.input(i)));
        List<Cut> walked = new ArrayList<>();
        kept.forEach(v -> walked.add(new Cut(0, 0, 0)));
        walked.addAll(slices);
        walked.addAll(seeds);
        List<Value> found = g.apply(
                new ControlFlow.Scan(
                        backward(active, sums, seeds, cuts),
                        active.size() + sums.size(),
                        axes(walked),
                        turned(walked),
                        axes(cuts),
                        turned(cuts)),
                in);
        for (int i = 0; i < active.size(); i++) {
            if (a.wants(states.get(active.get(i)))) {
                a.give(states.get(active.get(i)), found.get(i));
            }
        }
        for (int i = 0; i < sums.size(); i++) {
            a.give(sums.get(i), found.get(active.size() + i));
        }
        for (int i = 0; i < cuts.size(); i++) {
            a.give(cuts.get(i).position(), found.get(active.size() + sums.size() + i));
        }
    }

    /// One step back: takes the cotangents of the next states, the sums so far, what was kept, slices, the
    /// cotangents of stacked elements, and captured values; gives the cotangents of the states, the sums, and the
    /// gradients of slices.
    private Graph backward(List<Integer> active, List<Integer> sums, List<Cut> seeds, List<Cut> cuts) {
        GraphBuilder g = new GraphBuilder("rewind");
        List<Value> next = active.stream()
                .map(s -> g.input("d" + s, a.input(states.get(s)).type()))
                .toList();
        List<Value> before =
                sums.stream().map(i -> g.input("sum" + i, a.input(i).type())).toList();
        int loose = kept.size() - states.size();
        List<Value> own = IntStream.range(0, kept.size())
                .mapToObj(k -> g.input(
                        "kept" + k,
                        k < loose
                                ? Type.tensor(DType.I64)
                                : a.input(states.get(k - loose)).type()))
                .toList();
        List<Value> parts = slices.stream()
                .map(c -> g.input(
                        "slice" + c.position(), element(a.input(c.position()).type(), c.axis())))
                .toList();
        List<Value> cotangents = seeds.stream()
                .map(c -> g.input(
                        "seed" + c.position(), element(a.output(c.position()).type(), c.axis())))
                .toList();
        List<Value> captured =
                outer.stream().map(i -> g.input("outer" + i, a.input(i).type())).toList();
        List<Value> results = body.iterate(g, own, parts, captured);
        List<Value> seeded = new ArrayList<>(active.stream().map(results::get).toList());
        seeds.forEach(c -> seeded.add(results.get(c.position())));
        List<Value> leaves =
                new ArrayList<>(active.stream().map(s -> own.get(loose + s)).toList());
        sums.forEach(i -> leaves.add(captured.get(outer.indexOf(i))));
        cuts.forEach(c -> leaves.add(parts.get(slices.indexOf(c))));
        List<Optional<Value>> found = Gradient.pullBack(g, seeded, joined(next, cotangents), leaves, n -> false);
        for (int i = 0; i < leaves.size(); i++) {
            int sum = i - active.size();
            Value leaf = leaves.get(i);
            Value gradient = found.get(i).orElseGet(() -> Gradient.zeros(g, leaf));
            boolean isSum = sum >= 0 && sum < sums.size();
            g.output("y" + i, isSum ? g.apply(Arithmetic.ADD, before.get(sum), gradient) : gradient);
        }
        return g.build();
    }

    /// The type of a slice along `axis`.
    private static Type element(Type whole, int axis) {
        Type.TensorType t = whole.asTensor();
        if (!t.shape().isRanked()) {
            return t;
        }
        List<Dim> dims = new ArrayList<>(t.shape().dims());
        dims.remove(Shape.axis(axis, dims.size()));
        return Type.tensor(t.dtype(), Shape.of(dims));
    }

    private static List<Integer> axes(List<Cut> cuts) {
        return cuts.stream().map(Cut::axis).toList();
    }

    private static List<Integer> turned(List<Cut> cuts) {
        return cuts.stream().map(c -> 1 - c.direction()).toList();
    }

    private static <T> List<T> joined(List<T> first, List<T> then) {
        List<T> all = new ArrayList<>(first);
        all.addAll(then);
        return all;
    }
}
