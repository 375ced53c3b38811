package dev.quern.gradient;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Gradients of control flow: of If another If, of Loop and Scan a [Rewind].
final class ControlFlowGradient {
    private ControlFlowGradient() {}

    static void give(ControlFlow op, Adjoint a) {
        switch (op) {
            case ControlFlow.If branch -> branch(branch, a);
            case ControlFlow.Loop loop -> Rewind.of(loop, a).give();
            case ControlFlow.Scan scan -> Rewind.of(scan, a).give();
        }
    }

    /// Both branches become their gradients; operands of the other branch get zeros.
    private static void branch(ControlFlow.If op, Adjoint a) {
        List<Integer> seeded = withCotangent(a, op.then().outputs().size());
        List<Integer> wanted = wanted(a, 1, a.inputs());
        List<Value> operands = new ArrayList<>(inputs(a, 1, a.inputs()));
        seeded.forEach(i -> operands.add(a.cotangent(i).orElseThrow()));
        int then = op.then().inputs().size();
        Graph pulledThen = pulled(op.then(), 0, operands, seeded, wanted);
        Graph pulledOtherwise = pulled(op.otherwise(), then, operands, seeded, wanted);
        List<Value> in = new ArrayList<>(List.of(a.input(0)));
        in.addAll(operands);
        in.addAll(operands);
        List<Value> found = a.graph().apply(new ControlFlow.If(pulledThen, pulledOtherwise), in);
        for (int i = 0; i < wanted.size(); i++) {
            a.give(wanted.get(i), found.get(i));
        }
    }

    /// @param first which of `operands` is the first input of `branch`
    private static Graph pulled(
            Graph branch, int first, List<Value> operands, List<Integer> seeded, List<Integer> wanted) {
        GraphBuilder g = new GraphBuilder(branch.name() + "_gradient");
        int before = operands.size() - seeded.size();
        List<Value> in = inputs(g, operands.subList(0, before));
        for (int i = 0; i < seeded.size(); i++) {
            Value result = branch.outputs().get(seeded.get(i));
            in.add(g.input("x" + (before + i), seen(operands.get(before + i), result)));
        }
        int size = branch.inputs().size();
        List<Value> results = g.inline(branch, in.subList(first, first + size));
        IntPredicate isOwn = i -> i - 1 >= first && i - 1 < first + size;
        List<Value> leaves =
                wanted.stream().filter(isOwn::test).map(i -> in.get(i - 1)).toList();
        List<Optional<Value>> found = Gradient.pullBack(
                g,
                seeded.stream().map(results::get).toList(),
                in.subList(in.size() - seeded.size(), in.size()),
                leaves,
                n -> false);
        for (int i : wanted) {
            Value operand = in.get(i - 1);
            int at = leaves.indexOf(operand);
            Optional<Value> gradient = at < 0 ? Optional.empty() : found.get(at);
            g.output("d" + i, gradient.orElseGet(() -> Gradient.zeros(g, operand)));
        }
        return g.build();
    }

    /// The type of a cotangent in a branch, whose result may have other dims than that of the branch that is taken.
    private static Type seen(Value cotangent, Value result) {
        return cotangent.shape().mayEqual(result.shape())
                ? cotangent.type()
                : Type.tensor(cotangent.dtype(), Shape.UNRANKED);
    }

    /// An input of `g` for each of `operands`, with its type.
    static List<Value> inputs(GraphBuilder g, List<Value> operands) {
        List<Value> in = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            in.add(g.input("x" + i, operands.get(i).type()));
        }
        return in;
    }

    /// Operands `from` to `to` of the node.
    static List<Value> inputs(Adjoint a, int from, int to) {
        return IntStream.range(from, to).mapToObj(a::input).toList();
    }

    /// Those of the first `outputs` outputs that have a cotangent.
    static List<Integer> withCotangent(Adjoint a, int outputs) {
        return IntStream.range(0, outputs)
                .filter(i -> a.cotangent(i).isPresent())
                .boxed()
                .toList();
    }

    /// Those of the operands `from` to `to` whose gradient is wanted.
    static List<Integer> wanted(Adjoint a, int from, int to) {
        return IntStream.range(from, to).filter(a::wants).boxed().toList();
    }

    static boolean isFloat(Value v) {
        return v.type() instanceof Type.TensorType t && t.dtype().isFloat();
    }
}
