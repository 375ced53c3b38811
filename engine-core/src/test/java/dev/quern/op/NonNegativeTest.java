package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Shaping.Flatten;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which values are known to have no element below zero, and what a dynamic quantisation makes of that.
class NonNegativeTest {
    private static final List<float[]> NUMBERS = List.of(
            new float[] {1, -2, 3.5f, 0, -0f, 7},
            new float[] {-1, -2, -0f, -5, -3, -1},
            new float[] {0, Float.NaN, 2, 1, -1, 4},
            new float[] {0, 1, Float.POSITIVE_INFINITY, -3, Float.NEGATIVE_INFINITY, 2},
            new float[] {1e-42f, 3e-45f, -1e-40f, 0, 0, 1e-39f},
            new float[] {Float.MAX_VALUE, 1, -Float.MAX_VALUE, 2, 3, 4});

    interface Before extends BiFunction<GraphBuilder, Value, Value> {}

    private static Value clip(GraphBuilder g, Value x, double low, double high) {
        return g.apply(Arithmetic.CLIP, x, g.scalar(DType.F32, low), g.scalar(DType.F32, high));
    }

    static Stream<Before> nonNegative() {
        return Stream.of(
                (g, x) -> g.apply(Activations.RELU, x),
                (g, x) -> clip(g, x, 0, 6),
                (g, x) -> clip(g, x, 0.5, 6),
                (g, x) -> g.apply(Arithmetic.ABS, x),
                (g, x) -> g.apply(Activations.SIGMOID, x),
                (g, x) -> g.apply(new Flatten(1), g.apply(Activations.RELU, x)));
    }

    static Stream<Before> others() {
        return Stream.of(
                (g, x) -> x,
                (g, x) -> clip(g, x, -1, 6),
                (g, x) -> clip(g, x, 0, -1),
                (g, x) -> g.apply(Arithmetic.CLIP, x, g.apply(Arithmetic.NEG, x), g.scalar(DType.F32, 6)),
                (g, x) -> g.apply(Arithmetic.NEG, g.apply(Activations.RELU, x)),
                (g, x) -> g.apply(Arithmetic.DIV, g.apply(Activations.RELU, x), x));
    }

    @ParameterizedTest
    @MethodSource("nonNegative")
    void theLeastIsNotLookedFor(Before before) {
        assertThat(looksForTheLeast(before)).isFalse();
        assertSame(before);
    }

    @ParameterizedTest
    @MethodSource("others")
    void theLeastOfOthersIs(Before before) {
        assertThat(looksForTheLeast(before)).isTrue();
        assertSame(before);
    }

    private static Graph expanded(Before before) {
        GraphBuilder g = new GraphBuilder("expanded");
        Value x = before.apply(g, g.input("x", Tensor.zeros(DType.F32, 1, 6).type()));
        List<Value> results = new DynamicQuantizeLinear().expand(g, List.of(x));
        for (int i = 0; i < results.size(); i++) {
            g.output("y" + i, results.get(i));
        }
        return g.build();
    }

    private static boolean looksForTheLeast(Before before) {
        return expanded(before).nodes().stream()
                .anyMatch(n -> n.op() instanceof Reduce r && r.kind() == Reduce.Kind.MIN);
    }

    /// The operator's own meaning knows nothing of what comes before.
    private static void assertSame(Before before) {
        GraphBuilder g = new GraphBuilder("before");
        g.output("y", before.apply(g, g.input("x", Tensor.zeros(DType.F32, 1, 6).type())));
        Graph alone = g.build();
        Graph expanded = expanded(before);
        for (float[] numbers : NUMBERS) {
            List<Datum> x = List.of(Tensor.of(numbers, 1, 6));
            List<Datum> y = new Evaluator().run(alone, x);
            List<Datum> expected = new Evaluator().evaluate(new DynamicQuantizeLinear(), y);
            List<Datum> got = new Evaluator().run(expanded, x);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(got.get(i).asTensor().array())
                        .isEqualTo(expected.get(i).asTensor().array());
            }
        }
    }

    @Test
    void zeroPointsAreZero() {
        Graph graph = expanded((g, x) -> g.apply(Activations.RELU, x));
        assertThat(graph.outputs().getLast().constant().orElseThrow().getLong(0))
                .isZero();
    }
}
