package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What operators do where several answers would be reasonable: PyTorch's gradients at kinks and ties, ONNX's
/// corner cases.
class ConventionsTest {

    /// The gradient of the sum of an operator's results with respect to operand 0.
    private static double[] gradient(Op op, double[] x, Tensor... others) {
        GraphBuilder g = new GraphBuilder("forward");
        List<Value> in = new ArrayList<>();
        in.add(g.input("x0", Type.tensor(DType.F64, x.length)));
        for (Tensor t : others) {
            in.add(g.constant(t));
        }
        Value y = g.apply(op, in).getFirst();
        g.output("y", g.apply(new Reduce(Reduce.Kind.SUM, false), y));
        Graph pullback = Pullback.of(g.build(), List.of(0));
        List<Datum> values = List.of(Tensor.of(x, x.length), Tensor.scalar(DType.F64, 1));
        return new Evaluator().run(pullback, values).getFirst().asTensor().toDoubles();
    }

    private static Tensor scalar(double value) {
        return Tensor.scalar(DType.F64, value);
    }

    @Test
    void gradientsAtKinksArePyTorchs() {
        double[] zero = {0};
        assertThat(gradient(Activations.RELU, zero)).containsExactly(0);
        assertThat(gradient(new Activations.LeakyRelu(0.5), zero)).containsExactly(0.5);
        assertThat(gradient(new Activations.Elu(0.5), zero)).containsExactly(0.5);
        assertThat(gradient(new Activations.PRelu(), zero, scalar(0.25))).containsExactly(0.25);
        assertThat(gradient(Arithmetic.ABS, zero)).containsExactly(0);
        assertThat(gradient(Arithmetic.MAX, zero, scalar(0))).containsExactly(0.5);
        assertThat(gradient(Activations.HARD_SWISH, new double[] {-3, 3})).containsExactly(-0.5, 1.5);
        assertThat(gradient(new Activations.HardSigmoid(0.5, 0.5), new double[] {-1, 0, 1}))
                .containsExactly(0, 0.5, 0);
    }

    @Test
    void clipPassesGradientsAtItsBounds() {
        double[] x = {-2, -1, 0, 1, 2};
        assertThat(gradient(Arithmetic.CLIP, x, scalar(-1), scalar(1))).containsExactly(0, 1, 1, 1, 0);
    }

    @Test
    void equalMaximaShareTheGradient() {
        double[] x = {3, 1, 3, 2};
        assertThat(gradient(new Reduce(Reduce.Kind.MAX, false), x)).containsExactly(0.5, 0, 0.5, 0);
        assertThat(gradient(new Reduce(Reduce.Kind.MIN, true), x)).containsExactly(0, 1, 0, 0);
    }

    @Test
    void theNormOfZerosHasGradientZero() {
        assertThat(gradient(new Reduce(Reduce.Kind.L2, false), new double[2])).containsExactly(0, 0);
    }

    @Test
    void clipGivesTheUpperBoundWhereBoundsCross() {
        Tensor y = Arithmetic.CLIP
                .evaluate(List.of(scalar(4), scalar(5), scalar(3)))
                .getFirst();
        assertThat(y.getDouble(0)).isEqualTo(3);
    }

    @Test
    void shiftsPastTheWidthLeaveTheSign() {
        Tensor x = Tensor.of(new int[] {-8, 4, -1, -8}, 4);
        Tensor by = Tensor.of(new int[] {-1, 32, 1, 2}, 4);
        assertThat(new Arithmetic.BitShift(false)
                        .evaluate(List.of(x, by))
                        .getFirst()
                        .toLongs())
                .containsExactly(-1, 0, -1, -2);
        assertThat(new Arithmetic.BitShift(true)
                        .evaluate(List.of(x, by))
                        .getFirst()
                        .toLongs())
                .containsExactly(0, 0, -2, -32);
    }

    @Test
    void stringsReadAndWriteNumbers() {
        Tensor numbers = Tensor.of(new float[] {3.1415926f, 1e-7f, -0f, 100, 1e20f, Float.NEGATIVE_INFINITY}, 6);
        Evaluator evaluator = new Evaluator();
        List<Datum> texts = evaluator.evaluate(new Strings.CastString(DType.STRING), List.of(numbers));
        assertThat(texts.getFirst().asTensor().toStrings())
                .containsExactly("3.1415925", "1e-7", "-0.0", "100.0", "1e20", "-INF");
        List<Datum> back = evaluator.evaluate(new Strings.CastString(DType.F32), texts);
        assertThat(back.getFirst().asTensor().array()).isEqualTo(numbers.array());
        Tensor word = Tensor.of(new String[] {"seven"}, 1);
        assertThatThrownBy(() -> evaluator.evaluate(new Strings.CastString(DType.I64), List.of(word)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("element 0, \"seven\", is not a number of type i64");
    }

    @Test
    void errorsNameTheNodeAndTheFacts() {
        GraphBuilder g = new GraphBuilder("g").at("sum1");
        Value x = g.input("x", Type.tensor(DType.F32, 2, 3));
        Value y = g.input("y", Type.tensor(DType.F32, 4));
        Value n = g.input("n", Type.tensor(DType.I32, 3));
        assertThatThrownBy(() -> g.apply(Arithmetic.ADD, x, y))
                .hasMessage("Add \"sum1\": shapes [2,3] and [4] do not broadcast: 3 against 4");
        assertThatThrownBy(() -> g.apply(Arithmetic.ADD, x, n))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("f32")
                .hasMessageContaining("i32");
        assertThatThrownBy(() -> g.apply(Arithmetic.EXP, n)).hasMessageContaining("not defined for i32");
        assertThatThrownBy(() -> g.apply(Logic.AND, x, x)).hasMessageContaining("must be bool, not f32");
        assertThatThrownBy(() -> g.apply(new Reduce(Reduce.Kind.SUM, true), x, g.longs(2)))
                .hasMessageContaining("axis must be in -2 … 1, not 2");
        assertThatThrownBy(() -> g.apply(Arithmetic.ADD, x)).hasMessageContaining("takes 2 operands, not 1");
    }
}
