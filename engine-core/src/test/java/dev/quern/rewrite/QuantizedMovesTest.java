package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arranging;
import dev.quern.op.Joining;
import dev.quern.op.Pools;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Shaping;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// What becomes of nodes between two scales, and that no bit changes.
class QuantizedMovesTest {
    private static final float[] SCALES = {1, 0.1f, 0.007843138f, 3.3e-5f, 123.456f, 1e-20f};

    private static Graph graph(DType type, float in, float out, BiFunction<GraphBuilder, Value, Value> between) {
        GraphBuilder g = new GraphBuilder("g");
        Value q = g.input("q", Type.tensor(type, 1, 1, 16, 16));
        Value zero = g.constant(Tensor.scalar(type, 3L));
        Value x = g.apply(new DequantizeLinear(DType.F32), q, g.constant(Tensor.scalar(DType.F32, in)), zero);
        Value y = between.apply(g, x);
        g.output("y", g.apply(new QuantizeLinear(DType.F32, true), y, g.constant(Tensor.scalar(DType.F32, out)), zero));
        return g.build();
    }

    /// All codes of 8 bits.
    private static Tensor codes(DType type) {
        Tensor t = Tensor.zeros(type, 1, 1, 16, 16);
        for (int i = 0; i < 256; i++) {
            t.elements().set(i, (long) (type.isSigned() ? i - 128 : i));
        }
        return t;
    }

    private static List<String> left(BiFunction<GraphBuilder, Value, Value> between) {
        List<String> names = List.of();
        for (DType type : List.of(DType.I8, DType.U8)) {
            for (float scale : SCALES) {
                Graph graph = graph(type, scale, scale, between);
                Graph after = Verifier.verify(Passes.forInference(graph));
                Tensor expected = new Evaluator()
                        .run(graph, List.of(codes(type)))
                        .getFirst()
                        .asTensor();
                Tensor got = new Evaluator()
                        .run(after, List.of(codes(type)))
                        .getFirst()
                        .asTensor();
                assertThat(got.sameAs(expected)).isTrue();
                names = after.nodes().stream().map(n -> n.op().name()).toList();
            }
        }
        return names;
    }

    @Test
    void integersMove() {
        assertThat(left((g, x) -> x)).isEmpty();
        assertThat(left((g, x) -> g.apply(new Arranging.Transpose(0, 1, 3, 2), x)))
                .containsExactly("Transpose");
        assertThat(left((g, x) -> g.apply(new Shaping.Reshape(), x, g.longs(4, 64))))
                .containsExactly("Reshape");
        assertThat(left((g, x) -> g.apply(new Pools.MaxPool(Sliding.PLAIN, List.of(2, 2)), List.of(x))
                        .getFirst()))
                .containsExactly("MaxPool");
        assertThat(left((g, x) -> g.apply(new Joining.Concat(1), x, x))).containsExactly("Concat");
        assertThat(left((g, x) -> g.apply(Activations.RELU, x))).containsExactly("Max");
    }

    @Test
    void otherScalesAndSumsStay() {
        Graph graph = graph(DType.U8, 0.1f, 0.2f, (g, x) -> x);
        assertThat(Passes.forInference(graph).nodes()).hasSize(2);
        assertThat(left((g, x) -> g.apply(Activations.SIGMOID, x)))
                .containsExactly("DequantizeLinear", "Sigmoid", "QuantizeLinear");
    }

    /// A pool of what has just been rounded to integers works on floats, unless a window may lie in padding alone; so
    /// do
    /// moves.
    @Test
    void whatLiesBetweenConversionsWorksOnFloats() {
        Sliding padded = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(2, 2), List.of());
        assertThat(pooled(new Pools.MaxPool(padded, List.of(3, 3))))
                .containsExactly("QuantizeLinear", "DequantizeLinear", "MaxPool");
        assertThat(pooled(new Pools.MaxPool(padded, List.of(3, 3), true, false, false)))
                .containsExactly("QuantizeLinear", "MaxPool", "DequantizeLinear");
        assertThat(between((g, x) -> g.apply(new Arranging.Transpose(0, 1, 3, 2), x)))
                .containsExactly("QuantizeLinear", "DequantizeLinear", "Transpose");
        assertThat(between((g, x) -> g.apply(Activations.RELU, x)))
                .containsExactly("QuantizeLinear", "Max", "DequantizeLinear");
        Graph two = Passes.forInference(conversions((g, x) -> g.apply(new Shaping.Reshape(), x, g.longs(4, 64)), 3));
        assertThat(two.nodes().stream().map(n -> n.op().name()))
                .containsExactly("QuantizeLinear", "DequantizeLinear", "Reshape", "Reshape");
    }

    private static List<String> pooled(Pools.MaxPool pool) {
        return between((g, x) -> g.apply(pool, List.of(x)).getFirst());
    }

    /// What is left of a graph that rounds floats to integers and back before and behind `move`.
    private static List<String> between(BiFunction<GraphBuilder, Value, Value> move) {
        Graph graph = conversions(move, 2);
        Graph after = Verifier.verify(Passes.forInference(graph));
        Tensor numbers = Tensor.zeros(DType.F32, 1, 1, 16, 16);
        for (int i = 0; i < 256; i++) {
            numbers.elements().set(i, Math.sin(i) * 6);
        }
        Tensor expected =
                new Evaluator().run(graph, List.of(numbers)).getFirst().asTensor();
        Tensor got = new Evaluator().run(after, List.of(numbers)).getFirst().asTensor();
        assertThat(got.sameAs(expected)).isTrue();
        return after.nodes().stream().map(n -> n.op().name()).toList();
    }

    /// Floats that are rounded to integers and back `count` times, with `move` between.
    private static Graph conversions(BiFunction<GraphBuilder, Value, Value> move, int count) {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", Type.tensor(DType.F32, 1, 1, 16, 16));
        Value scale = g.constant(Tensor.scalar(DType.F32, 0.037f));
        Value zero = g.constant(Tensor.scalar(DType.U8, 7L));
        Value y = x;
        for (int i = 0; i < count; i++) {
            Value q = g.apply(new QuantizeLinear(DType.F32, true), y, scale, zero);
            Value back = g.apply(new DequantizeLinear(DType.F32), q, scale, zero);
            y = i < count - 1 ? move.apply(g, back) : back;
        }
        g.output("y", y);
        return g.build();
    }
}
