package dev.quern.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Logic;
import dev.quern.op.Padding;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Sequences;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientTest {
    private final GraphBuilder g = new GraphBuilder("test");

    private Value sum(Value x) {
        return g.apply(new Reduce(Reduce.Kind.SUM, false), x);
    }

    private double[] run(List<Value> outputs, double... x) {
        for (int i = 0; i < outputs.size(); i++) {
            g.output("y" + i, outputs.get(i));
        }
        Graph graph = Verifier.verify(g.build());
        return new Evaluator()
                .run(graph, List.of(Tensor.of(x, x.length)))
                .getLast()
                .asTensor()
                .toDoubles();
    }

    @Test
    void addsUpWhatSeveralReadersSendBack() {
        Value x = g.input("x", Type.tensor(DType.F64, 3));
        Value y = g.apply(Arithmetic.MUL, x, x);
        Value loss = sum(g.apply(Arithmetic.ADD, g.apply(Arithmetic.MUL, y, x), x));
        assertThat(run(Gradient.of(g, loss, List.of(x)), 1, 2, -3)).containsExactly(4, 13, 28);
    }

    @Test
    void joinsTheProductsThatGiveOneWeightItsGradient() {
        Value w = g.input("w", Type.tensor(DType.F64, 4));
        Value matrix = g.apply(new Shaping.Reshape(), w, g.longs(2, 2));
        Value loss = sum(w);
        for (int i = 0; i < 5; i++) {
            Value x = g.constant(Tensor.of(new double[] {i, 1, 2, i * i, 3, -i}, 3, 2));
            Value y = g.apply(new Products.MatMul(), x, matrix);
            loss = g.apply(Arithmetic.ADD, loss, sum(g.apply(Arithmetic.MUL, y, y)));
        }
        List<Value> gradients = Gradient.of(g, loss, List.of(w));
        double[] found = run(gradients, 1, -2, 3, 4);
        assertThat(g.build().nodes())
                .as("one product with the rows of all five")
                .anyMatch(n -> n.op() instanceof Products.MatMul
                        && n.input(1).shape().dim(0).extent() == 5 * 3);
        // of Σ (x·w)² + Σ w: 2 xᵀ·(x·w) + 1, by hand for each x
        double[] want = {1, 1, 1, 1};
        double[][] weights = {{1, -2}, {3, 4}};
        for (int i = 0; i < 5; i++) {
            double[][] x = {{i, 1}, {2, i * i}, {3, -i}};
            for (double[] row : x) {
                for (int c = 0; c < 2; c++) {
                    double y = row[0] * weights[0][c] + row[1] * weights[1][c];
                    want[c] += 2 * row[0] * y;
                    want[2 + c] += 2 * row[1] * y;
                }
            }
        }
        assertThat(found).containsExactly(want, org.assertj.core.data.Offset.offset(1e-9));
    }

    @Test
    void reachesTheConstantOfAPad() {
        Value x = g.input("x", Type.tensor(DType.F64, 1));
        Value data = g.constant(Tensor.of(new double[] {4, 5, 6}, 3));
        Value value = g.apply(new Reduce(Reduce.Kind.SUM, false), x);
        Value padded = g.apply(new Padding.Pad(Padding.Mode.CONSTANT), data, g.longs(2, -1), value);
        assertThat(run(Gradient.of(g, sum(padded), List.of(x)), 7)).containsExactly(2);
    }

    @Test
    void namesSequencesOnTheWay() {
        Value x = g.input("x", Type.tensor(DType.F64, 3));
        Value all = g.apply(new Sequences.SequenceConstruct(), x);
        Value back = g.apply(new Sequences.SequenceAt(), all, g.constant(Tensor.scalar(DType.I64, 0L)));
        assertThatThrownBy(() -> Gradient.pullBack(g, List.of(back), List.of(x), List.of(x), node -> false))
                .isInstanceOf(NotDifferentiableException.class)
                .hasMessageContaining("SequenceAt");
    }

    @Test
    void isZeroForALeafThatDoesNotCount() {
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value other = g.constant(Tensor.of(new double[] {5, 6, 7}, 3));
        List<Value> gradients = Gradient.of(g, sum(x), List.of(x, other));
        assertThat(run(gradients, 1, 2)).containsExactly(0, 0, 0);
    }

    @Test
    void integersAndConditionsLetNothingThrough() {
        Value x = g.input("x", Type.tensor(DType.F64, 3));
        Value positive = g.apply(Logic.GREATER, x, g.scalar(DType.F64, 0));
        Value chosen = g.apply(Logic.WHERE, positive, g.apply(Arithmetic.MUL, x, x), x);
        assertThat(run(Gradient.of(g, sum(chosen), List.of(x)), -1, 2, 3)).containsExactly(1, 4, 6);
    }

    @Test
    void canBeTakenOfAGradient() {
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value cube = g.apply(Arithmetic.MUL, g.apply(Arithmetic.MUL, x, x), x);
        Value first = Gradient.of(g, sum(cube), List.of(x)).getFirst();
        Value second = Gradient.of(g, sum(first), List.of(x)).getFirst();
        assertThat(run(Gradient.of(g, sum(second), List.of(x)), 2, -5)).containsExactly(6, 6);
    }

    @Test
    void ofAProductTwice() {
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value w = g.constant(Tensor.of(new double[] {2, 3, 5, 7}, 2, 2));
        Value y = g.apply(new Products.MatMul(), x, w);
        Value loss = sum(g.apply(Arithmetic.MUL, y, y));
        Value dx = Gradient.of(g, loss, List.of(x)).getFirst();
        Value length = sum(g.apply(Arithmetic.MUL, dx, dx));
        double[] at = {0.5, -1.5};
        // dx = 2 W Wᵀ x, so the gradient of its squared length is 8 (W Wᵀ)² x, with W Wᵀ = [13 31; 31 74]
        double u = 13 * at[0] + 31 * at[1];
        double v = 31 * at[0] + 74 * at[1];
        assertThat(run(Gradient.of(g, length, List.of(x)), at))
                .containsExactly(8 * (13 * u + 31 * v), 8 * (31 * u + 74 * v));
    }

    @Test
    void goesThroughComposites() {
        record Cube() implements CompositeOp {
            @Override
            public List<Value> expand(GraphBuilder b, List<Value> in) {
                Value x = in.getFirst();
                return List.of(b.apply(Arithmetic.MUL, b.apply(Arithmetic.MUL, x, x), x));
            }
        }
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value y = g.apply(new Cube(), g.apply(Arithmetic.NEG, x));
        assertThat(run(Gradient.of(g, sum(y), List.of(x)), 1, 2)).containsExactly(-3, -12);
    }

    @Test
    void expandedGraphsMeanTheSame() {
        record Twice() implements CompositeOp {
            @Override
            public List<Value> expand(GraphBuilder b, List<Value> in) {
                return List.of(b.apply(Arithmetic.ADD, in.getFirst(), in.getFirst()));
            }
        }
        record FourTimes() implements CompositeOp {
            @Override
            public List<Value> expand(GraphBuilder b, List<Value> in) {
                return List.of(b.apply(new Twice(), b.apply(new Twice(), in.getFirst())));
            }
        }
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        g.output("y", g.apply(new FourTimes(), x));
        Graph expanded = Verifier.verify(Expanded.of(g.build(), List.of(0)));
        assertThat(expanded.nodes()).allMatch(n -> n.op().equals(Arithmetic.ADD));
        assertThat(new Evaluator()
                        .run(expanded, List.of(Tensor.of(new double[] {1, 2}, 2)))
                        .getFirst()
                        .asTensor()
                        .toDoubles())
                .containsExactly(4, 8);
        assertThat(Expanded.of(expanded, List.of())).isSameAs(expanded);
    }

    @Test
    void namesAllNodesThatAreInTheWay() {
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value a = blocked("first", x);
        Value b = blocked("second", g.apply(Activations.RELU, a));
        Value free = blocked("aside", g.constant(Tensor.of(new double[] {1, 2}, 2)));
        Value loss = sum(g.apply(Arithmetic.ADD, b, free));
        assertThatThrownBy(() -> Gradient.of(g, loss, List.of(x)))
                .isInstanceOfSatisfying(
                        NotDifferentiableException.class,
                        e -> assertThat(e.nodes())
                                .containsExactlyInAnyOrder("Mystery \"first\"", "Mystery \"second\""));
    }

    @Test
    void stopsWhereItIsTold() {
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value y = g.apply(Arithmetic.ADD, g.apply(Arithmetic.MUL, x, x), x);
        List<Value> gradients = Gradient.of(g, sum(y), List.of(x), n -> n.op().equals(Arithmetic.MUL));
        assertThat(run(gradients, 3, 4)).containsExactly(1, 1);
    }

    @Test
    void refusesWhatIsNoSingleNumberAndLeavesThatAreNoFloats() {
        Value x = g.input("x", Type.tensor(DType.F64, 2));
        Value i = g.input("i", Type.tensor(DType.I64, 2));
        assertThatThrownBy(() -> Gradient.of(g, x, List.of(x)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("single number");
        assertThatThrownBy(() -> Gradient.of(g, sum(x), List.of(i)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("only floats");
    }

    private Value blocked(String name, Value x) {
        g.at(name);
        Value y = g.add(new OpaqueOp("", "Mystery", 1, 1, "unknown"), List.of(x), List.of(x.type()), List.of())
                .output(0);
        g.at(List.of());
        return y;
    }
}
