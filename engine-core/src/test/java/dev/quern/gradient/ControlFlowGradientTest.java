package dev.quern.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.ControlFlow;
import dev.quern.op.Reduce;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlFlowGradientTest {
    private static final Type SCALAR = Type.tensor(DType.F64);
    private final GraphBuilder g = new GraphBuilder("test");

    private Map<String, double[]> run(Map<String, Tensor> inputs) {
        try (Model model = Model.of(g.build(), ModelOptions.defaults().backend(new ReferenceBackend()))) {
            return model.run(inputs).entrySet().stream()
                    .collect(java.util.stream.Collectors.toMap(
                            Map.Entry::getKey, e -> e.getValue().asTensor().toDoubles()));
        }
    }

    private Value sum(Value x) {
        return g.apply(new Reduce(Reduce.Kind.SUM, false), x);
    }

    /// state′ = tanh(state · w + x), the states stacked.
    private static Graph cell(int outputDirection) {
        GraphBuilder b = new GraphBuilder("cell" + outputDirection);
        Value h = b.input("h", SCALAR);
        Value x = b.input("x", SCALAR);
        Value w = b.input("w", SCALAR);
        Value next = b.apply(Activations.TANH, b.apply(Arithmetic.ADD, b.apply(Arithmetic.MUL, h, w), x));
        b.output("next", next);
        b.output("element", b.apply(Arithmetic.MUL, next, x));
        return b.build();
    }

    /// Beside the derivative by hand, forward in time, for each direction of reading and writing.
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "0, 1", "1, 1"})
    void ofAScan(int direction, int outputDirection) {
        Value h = g.input("h", SCALAR);
        Value x = g.input("x", Type.tensor(DType.F64, Shape.of(Dim.symbol("n"))));
        Value w = g.input("w", SCALAR);
        Value weights = g.input("weights", Type.tensor(DType.F64, Shape.of(Dim.symbol("n"))));
        ControlFlow.Scan scan = new ControlFlow.Scan(
                cell(outputDirection), 1, List.of(0), List.of(direction), List.of(0), List.of(outputDirection));
        List<Value> out = g.apply(scan, List.of(h, x, w));
        Value loss = g.apply(Arithmetic.ADD, out.getFirst(), sum(g.apply(Arithmetic.MUL, out.getLast(), weights)));
        List<Value> gradients = Gradient.of(g, loss, List.of(h, x, w));
        g.output("dh", gradients.get(0));
        g.output("dx", gradients.get(1));
        g.output("dw", gradients.get(2));
        double[] xs = {0.3, -0.7, 1.1, 0.2};
        double[] ws = {1, -2, 0.5, 3};
        Map<String, double[]> found = run(Map.of(
                "h", Tensor.scalar(DType.F64, 0.4),
                "x", Tensor.of(xs, 4),
                "w", Tensor.scalar(DType.F64, -0.8),
                "weights", Tensor.of(ws, 4)));
        double e = 1e-6;
        assertThat(found.get("dh")[0])
                .isCloseTo(slope(e, (d -> loss(0.4 + d, xs, -0.8, ws, direction, outputDirection))), within(1e-8));
        assertThat(found.get("dw")[0])
                .isCloseTo(slope(e, d -> loss(0.4, xs, -0.8 + d, ws, direction, outputDirection)), within(1e-8));
        for (int i = 0; i < xs.length; i++) {
            int at = i;
            double expected = slope(e, d -> {
                double[] moved = xs.clone();
                moved[at] += d;
                return loss(0.4, moved, -0.8, ws, direction, outputDirection);
            });
            assertThat(found.get("dx")[i]).as("dx[%d]", i).isCloseTo(expected, within(1e-8));
        }
    }

    private static double slope(double e, java.util.function.DoubleUnaryOperator f) {
        return (f.applyAsDouble(e) - f.applyAsDouble(-e)) / (2 * e);
    }

    private static double loss(double h, double[] x, double w, double[] weights, int direction, int outputDirection) {
        double state = h;
        double sum = 0;
        int n = x.length;
        for (int i = 0; i < n; i++) {
            double in = x[direction == 1 ? n - 1 - i : i];
            state = Math.tanh(state * w + in);
            sum += state * in * weights[outputDirection == 1 ? n - 1 - i : i];
        }
        return state + sum;
    }

    /// x · wⁿ for a number of iterations that is data.
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 5})
    void ofALoop(long trips) {
        GraphBuilder b = new GraphBuilder("power");
        b.input("i", Type.tensor(DType.I64));
        Value goOn = b.input("go", Type.tensor(DType.BOOL));
        Value x = b.input("x", SCALAR);
        Value w = b.input("w", SCALAR);
        b.output("go", goOn);
        b.output("next", b.apply(Arithmetic.MUL, x, w));
        ControlFlow.Loop loop = new ControlFlow.Loop(b.build(), true, false, 1);
        Value n = g.input("n", Type.tensor(DType.I64));
        Value start = g.input("x", SCALAR);
        Value factor = g.input("w", SCALAR);
        List<Value> gradients = Gradient.of(g, g.apply(loop, n, start, factor), List.of(start, factor));
        g.output("dx", gradients.get(0));
        g.output("dw", gradients.get(1));
        Map<String, double[]> found = run(Map.of(
                "n", Tensor.scalar(DType.I64, trips),
                "x", Tensor.scalar(DType.F64, 1.5),
                "w", Tensor.scalar(DType.F64, 0.9)));
        assertThat(found.get("dx")[0]).isCloseTo(Math.pow(0.9, trips), within(1e-12));
        assertThat(found.get("dw")[0]).isCloseTo(trips * 1.5 * Math.pow(0.9, trips - 1), within(1e-12));
    }

    /// x · y or x, as a condition says.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofAnIf(boolean condition) {
        GraphBuilder then = new GraphBuilder("then");
        then.output("product", then.apply(Arithmetic.MUL, then.input("x", SCALAR), then.input("y", SCALAR)));
        GraphBuilder otherwise = new GraphBuilder("otherwise");
        otherwise.output("same", otherwise.apply(Arithmetic.NEG, otherwise.input("x", SCALAR)));
        Value c = g.input("c", Type.tensor(DType.BOOL));
        Value x = g.input("x", SCALAR);
        Value y = g.input("y", SCALAR);
        Value chosen = g.apply(new ControlFlow.If(then.build(), otherwise.build()), c, x, y, x);
        List<Value> gradients = Gradient.of(g, g.apply(Arithmetic.MUL, chosen, chosen), List.of(x, y));
        g.output("dx", gradients.get(0));
        g.output("dy", gradients.get(1));
        Map<String, double[]> found = run(Map.of(
                "c", Tensor.of(new boolean[] {condition}),
                "x", Tensor.scalar(DType.F64, 3),
                "y", Tensor.scalar(DType.F64, 5)));
        assertThat(found.get("dx")[0]).isEqualTo(condition ? 2 * 3 * 25 : 2 * 3);
        assertThat(found.get("dy")[0]).isEqualTo(condition ? 2 * 9 * 5 : 0);
    }

    /// A cotangent of known shape, which only one of the branches has.
    @Test
    void ofAnIfWhoseBranchesDifferInShape() {
        Type vector = Type.tensor(DType.F64, 3);
        GraphBuilder then = new GraphBuilder("then");
        then.output("negated", then.apply(Arithmetic.NEG, then.input("x", vector)));
        GraphBuilder otherwise = new GraphBuilder("otherwise");
        otherwise.output("sum", otherwise.apply(new Reduce(Reduce.Kind.SUM, false), otherwise.input("x", vector)));
        Value c = g.input("c", Type.tensor(DType.BOOL));
        Value x = g.input("x", vector);
        Value chosen = g.apply(new ControlFlow.If(then.build(), otherwise.build()), c, x, x);
        Value seed = g.input("seed", SCALAR);
        g.output(
                "dx",
                Gradient.pullBack(g, List.of(chosen), List.of(seed), List.of(x), n -> false)
                        .getFirst()
                        .orElseThrow());
        Map<String, double[]> found = run(Map.of(
                "c", Tensor.of(new boolean[] {false}),
                "x", Tensor.of(new double[] {1, 2, 3}, 3),
                "seed", Tensor.scalar(DType.F64, 2)));
        assertThat(found.get("dx")).containsExactly(2, 2, 2);
    }

    @Test
    void ofAScanWithoutStackedOutputs() {
        GraphBuilder b = new GraphBuilder("body");
        Value h = b.input("h", SCALAR);
        Value x = b.input("x", SCALAR);
        b.output("next", b.apply(Arithmetic.ADD, h, x));
        ControlFlow.Scan scan = new ControlFlow.Scan(b.build(), 1, List.of(0), List.of(0), List.of(), List.of());
        Value start = g.input("h", SCALAR);
        Value xs = g.input("x", Type.tensor(DType.F64, 3));
        g.output("dh", Gradient.of(g, g.apply(scan, start, xs), List.of(start)).getFirst());
        Map<String, double[]> found =
                run(Map.of("h", Tensor.scalar(DType.F64, 1), "x", Tensor.of(new double[] {1, 2, 3}, 3)));
        assertThat(found.get("dh")).containsExactly(1);
    }
}
