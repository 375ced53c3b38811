package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.ControlFlow;
import dev.quern.op.Indexing;
import dev.quern.op.Joining;
import dev.quern.op.Passing;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// What is left of small graphs.
final class SimplificationsTest {
    private static final Type NAMED = Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(3), Dim.of(4)));

    private static List<String> left(Type type, BiFunction<GraphBuilder, Value, Value> body) {
        return simplified(type, body).nodes().stream().map(n -> n.op().name()).toList();
    }

    private static Graph simplified(Type type, BiFunction<GraphBuilder, Value, Value> body) {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", type);
        g.output("y", g.apply(Activations.RELU, body.apply(g, g.apply(Arithmetic.EXP, x))));
        Graph graph = g.build();
        Graph simplified = Verifier.verify(Passes.simplified(graph));
        assertThat(simplified.outputs().getFirst().rank())
                .isEqualTo(graph.outputs().getFirst().rank());
        return simplified;
    }

    @Test
    void transposesThatUndoEachOther() {
        assertThat(left(
                        NAMED,
                        (g, x) -> g.apply(
                                new Arranging.Transpose(1, 2, 0), g.apply(new Arranging.Transpose(2, 0, 1), x))))
                .containsExactly("Exp", "Relu");
    }

    @Test
    void transposesOfWhichOneIsLeft() {
        Graph g = simplified(
                NAMED,
                (b, x) -> b.apply(new Arranging.Transpose(1, 2, 0), b.apply(new Arranging.Transpose(0, 2, 1), x)));
        assertThat(g.nodes()).hasSize(3);
        assertThat(g.nodes().get(1).op()).isEqualTo(new Arranging.Transpose(2, 1, 0));
    }

    @Test
    void reshapesThatLeadBack() {
        assertThat(left(
                        NAMED,
                        (g, x) -> g.apply(
                                new Shaping.Squeeze(), g.apply(new Shaping.Unsqueeze(), x, g.longs(1)), g.longs(1))))
                .containsExactly("Exp", "Relu");
    }

    @Test
    void theLastReshapeCounts() {
        assertThat(left(
                        Type.tensor(DType.F32, 2, 6),
                        (g, x) -> g.apply(
                                new Shaping.Reshape(),
                                g.apply(new Shaping.Reshape(), x, g.longs(4, 3)),
                                g.longs(3, 4))))
                .containsExactly("Exp", "Reshape", "Relu");
    }

    @Test
    void castsThatLoseNothing() {
        assertThat(left(
                        Type.tensor(DType.F16, 3),
                        (g, x) -> g.apply(new Casting.Cast(DType.F16), g.apply(new Casting.Cast(DType.F32), x))))
                .containsExactly("Exp", "Relu");
        assertThat(left(
                        Type.tensor(DType.F32, 3),
                        (g, x) -> g.apply(new Casting.Cast(DType.F32), g.apply(new Casting.Cast(DType.F16), x))))
                .containsExactly("Exp", "Cast", "Cast", "Relu");
    }

    @Test
    void numbersThatChangeNothing() {
        assertThat(left(
                        NAMED,
                        (g, x) -> g.apply(
                                Arithmetic.SUB,
                                g.apply(Arithmetic.MUL, g.constant(Tensor.of(new float[] {1, 1, 1, 1}, 4)), x),
                                g.scalar(DType.F32, 0))))
                .containsExactly("Exp", "Relu");
        // x + 0 makes 0 of −0
        assertThat(left(NAMED, (g, x) -> g.apply(Arithmetic.ADD, x, g.scalar(DType.F32, 0))))
                .containsExactly("Exp", "Add", "Relu");
        // the product is larger than x
        assertThat(left(
                        Type.tensor(DType.F32, 1),
                        (g, x) -> g.apply(Arithmetic.MUL, x, g.constant(Tensor.of(new float[] {1, 1}, 2)))))
                .containsExactly("Exp", "Mul", "Relu");
    }

    @Test
    void whatHandsItsOperandThrough() {
        assertThat(left(NAMED, (g, x) -> {
                    Value kept =
                            g.apply(new Passing.Dropout(0.5, 0), List.of(x)).getFirst();
                    Value all = g.apply(new Arranging.Slice(), kept, g.longs(0), g.longs(Long.MAX_VALUE), g.longs(1));
                    return g.apply(new Joining.Concat(0), g.apply(new Passing.Identity(), all));
                }))
                .containsExactly("Exp", "Relu");
    }

    @Test
    void aSliceFromTheEndIsKept() {
        assertThat(left(
                        Type.tensor(DType.F32, 4),
                        (g, x) -> g.apply(new Arranging.Slice(), x, g.longs(-1), g.longs(-9), g.longs(0), g.longs(-1))))
                .containsExactly("Exp", "Slice", "Relu");
    }

    /// As PyTorch writes `x.view(x.size(0), -1)` and the splitting of heads.
    @Test
    void shapesTakenFromTheOperandItself() {
        Graph g = simplified(NAMED, (b, x) -> {
            Value n = b.apply(new Indexing.Gather(0), b.apply(new ShapeQueries.ShapeOf(), x), b.scalar(DType.I64, 0));
            Value first = b.apply(new Shaping.Unsqueeze(), n, b.longs(0));
            return b.apply(new Shaping.Reshape(), x, b.apply(new Joining.Concat(0), first, b.longs(-1)));
        });
        assertThat(g.nodes().stream().map(n -> n.op().name())).containsExactly("Exp", "Reshape", "Relu");
        assertThat(g.nodes().get(1).input(1).constant().orElseThrow().toLongs()).containsExactly(0, -1);
    }

    @Test
    void extentsThatAreKnownThoughOthersAreNot() {
        assertThat(left(NAMED, (g, x) -> {
                    Value shape = g.apply(new ShapeQueries.ShapeOf(), x);
                    Value three = g.apply(new Indexing.Gather(0), shape, g.scalar(DType.I64, 1));
                    return g.apply(Arithmetic.MUL, x, g.apply(new Casting.Cast(DType.F32), three));
                }))
                .containsExactly("Exp", "Mul", "Relu");
    }

    private static Graph branch(Op op) {
        GraphBuilder g = new GraphBuilder("branch");
        Value x = g.input("captured", NAMED);
        Value there = g.apply(new Casting.Cast(DType.F64), x);
        g.output("y", g.apply(op, g.apply(new Casting.Cast(DType.F32), there)));
        return g.build();
    }

    @Test
    void branchesThatAreDecided() {
        assertThat(left(
                        NAMED,
                        (g, x) -> g.apply(
                                new ControlFlow.If(branch(Arithmetic.NEG), branch(Arithmetic.ABS)),
                                g.constant(Tensor.scalar(DType.BOOL, 0L)),
                                x,
                                x)))
                .containsExactly("Exp", "Abs", "Relu");
    }

    @Test
    void bodiesAreSimplifiedToo() {
        GraphBuilder g = new GraphBuilder("g");
        Value condition = g.input("condition", Type.tensor(DType.BOOL));
        Value x = g.input("x", NAMED);
        g.output("y", g.apply(new ControlFlow.If(branch(Arithmetic.NEG), branch(Arithmetic.ABS)), condition, x, x));
        Graph simplified = Verifier.verify(Passes.simplified(g.build()));
        ControlFlow.If left = (ControlFlow.If) simplified.nodes().getFirst().op();
        assertThat(left.then().nodes()).hasSize(1);
        assertThat(left.otherwise().nodes()).hasSize(1);
    }
}
