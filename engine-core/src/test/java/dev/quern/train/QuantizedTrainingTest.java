package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.IntegerProducts;
import dev.quern.op.Products;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Reduce;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Models that round weights and activations to 8 bits and back.
class QuantizedTrainingTest {
    private static final double SCALE = 0.01;

    /// x [N,2] times a weight [2,2] of which one number is above what 8 bits of this scale hold, and one below.
    private static Model model(boolean dynamic) {
        GraphBuilder g = new GraphBuilder("quantised");
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(2))));
        Value first = g.parameter("first", Tensor.of(new float[] {1, 0.5f, -0.5f, 1}, 2, 2));
        Value hidden = g.apply(new Products.MatMul(), x, first);
        Value rounded = dynamic ? dynamically(g, hidden) : rounded(g, hidden);
        Value weight = g.parameter("weight", Tensor.of(new float[] {0.5f, 1.5f, -0.337f, -2}, 2, 2));
        g.output("y", g.apply(new Products.MatMul(), rounded, rounded(g, weight)));
        return Model.of(g.build(), Toys.OPTIONS);
    }

    private static Value rounded(GraphBuilder g, Value v) {
        Value scale = g.scalar(DType.F32, SCALE);
        Value zero = g.constant(Tensor.scalar(DType.I8, 0));
        Value q = g.apply(new QuantizeLinear(DType.F32, true), v, scale, zero);
        // another constant of the same value, as files have them
        return g.apply(new DequantizeLinear(DType.F32), q, g.scalar(DType.F32, SCALE), zero);
    }

    private static Value dynamically(GraphBuilder g, Value v) {
        List<Value> q = g.apply(new DynamicQuantizeLinear(), List.of(v));
        return g.apply(new DequantizeLinear(DType.F32), q.get(0), q.get(1), q.get(2));
    }

    private static Model trained(Model model) {
        Loss sum = (g, output, label) -> g.apply(new Reduce(Reduce.Kind.SUM, false), output);
        Tensor x = Tensor.of(new float[] {0.504f, 0.2f, 0.1f, 0.3f}, 2, 2);
        Dataset data =
                Dataset.arrays(Map.of("x", x), Tensor.of(new long[] {0, 0}, 2)).batched(2);
        return Trainer.of(model).loss(sum).optimizer(new SGD(1)).fit(data, Epochs.of(1));
    }

    /// By hand: hidden is (0.404, 0.452) and (-0.05, 0.35), rounded to hundredths.
    @Test
    void gradientsPassRoundingAndStopWhereItSaturates() {
        Model model = model(false);
        Model after = trained(model);
        assertThat(moved(model, after, "weight")).containsExactly(near(0.40 - 0.05), 0.0, near(0.45 + 0.35), 0.0);
        // rows of the rounded weight, 0.5 + 1.27 and -0.34 - 1.28, times the columns of x
        double[] back = {0.5 + 1.27, -0.34 - 1.28};
        double[] columns = {0.604, 0.5};
        assertThat(moved(model, after, "first"))
                .containsExactly(
                        near(columns[0] * back[0]),
                        near(columns[0] * back[1]),
                        near(columns[1] * back[0]),
                        near(columns[1] * back[1]));
    }

    @Test
    void gradientsPassAScaleThatFollowsTheData() {
        Model model = model(true);
        Model after = trained(model);
        assertThat(moved(model, after, "first")[0]).isCloseTo(0.604 * 1.77, within(1e-6));
        assertThat(after.graph().nodes()).hasSameSizeAs(model.graph().nodes());
    }

    /// Weights in a few bits, with a scale for each column; as integers or as the floats that they stand for.
    private static Model product(boolean ofIntegers) {
        GraphBuilder g = new GraphBuilder("product");
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(2))));
        Value first = g.parameter("first", Tensor.of(new float[] {1, 0.5f, -0.5f, 1}, 2, 2));
        Value hidden = g.apply(new Products.MatMul(), x, first);
        Value weight = g.constant(Tensor.of(DType.I8, new double[] {50, 127, -34, -128}, 2, 2));
        Value scale = g.constant(Tensor.of(new float[] {0.01f, 0.02f}, 2));
        Value zero = g.constant(Tensor.of(DType.I8, new double[] {3, -5}, 2));
        List<Value> q = g.apply(new DynamicQuantizeLinear(), List.of(hidden));
        if (ofIntegers) {
            Value sums = g.apply(new IntegerProducts.MatMulInteger(), q.get(0), weight, q.get(2), zero);
            Value scales = g.apply(Arithmetic.MUL, q.get(1), scale);
            g.output("y", g.apply(Arithmetic.MUL, g.apply(new Casting.Cast(DType.F32), sums), scales));
        } else {
            Value back = g.apply(new DequantizeLinear(DType.F32), q.get(0), q.get(1), q.get(2));
            Value floats = g.apply(new DequantizeLinear(DType.F32), weight, scale, zero);
            g.output("y", g.apply(new Products.MatMul(), back, floats));
        }
        return Model.of(g.build(), Toys.OPTIONS);
    }

    @Test
    void gradientsPassAProductOfIntegers() {
        Model integers = product(true);
        Model floats = product(false);
        Model after = trained(integers);
        Double[] moved = moved(integers, after, "first");
        assertThat(moved).doesNotContain(0.0).containsExactly(moved(floats, trained(floats), "first"));
        assertThat(after.graph().nodes()).hasSameSizeAs(integers.graph().nodes());
    }

    private static Double near(double value) {
        return Math.round(value * 1e5) / 1e5;
    }

    /// By how much a step of rate 1 made each number smaller, to five places.
    private static Double[] moved(Model before, Model after, String name) {
        double[] a = Toys.parameter(before, name).toDoubles();
        double[] b = Toys.parameter(after, name).toDoubles();
        List<Double> moved = new ArrayList<>();
        for (int i = 0; i < a.length; i++) {
            moved.add(near(a[i] - b[i]));
        }
        return moved.toArray(Double[]::new);
    }
}
