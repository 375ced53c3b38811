package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting.Cast;
import dev.quern.op.ConvInteger;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.IntegerProducts.MatMulInteger;
import dev.quern.op.Sliding;
import dev.quern.op.Sliding.AutoPad;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers between dynamic quantisations have the same bits in all tiers.
class DynamicQuantizationTest {
    private static final int SIZE = 9;
    private static final EveryTier TIERS = EveryTier.open();

    @AfterAll
    static void close() {
        TIERS.close();
    }

    /// Channels in, channels out, extent of the kernel, groups, stride.
    @ParameterizedTest
    @CsvSource({
        "16, 32, 1, 1, 1",
        "32, 24, 1, 1, 1",
        "9, 40, 1, 1, 1",
        "3, 16, 3, 1, 2",
        "16, 16, 3, 1, 1",
        "16, 16, 3, 16, 1",
        "24, 24, 3, 24, 2",
        "20, 20, 5, 20, 1",
        "16, 1, 1, 1, 1"
    })
    void convolutions(int in, int out, int taps, int groups, int stride) {
        Random random = new Random(in * 100L + out);
        GraphBuilder g = new GraphBuilder("convolutions");
        Value x = g.input("x", floats(random, 1, in, SIZE, SIZE).type());
        Value mixed = convolved(g, random, x, in, in, 1, 1, 1);
        Value relu = g.apply(Activations.RELU, mixed);
        Value y = convolved(g, random, relu, in, out, taps, groups, stride);
        g.output("y", in == out && stride == 1 ? g.apply(Arithmetic.ADD, y, mixed) : y);
        Graph graph = g.build();
        assertSameBits(graph, floats(random, 1, in, SIZE, SIZE));
        assertSameBits(graph, rare(random, 1, in, SIZE, SIZE));
    }

    private static Value convolved(
            GraphBuilder g, Random random, Value x, int in, int out, int taps, int groups, int stride) {
        List<Value> q = g.apply(new DynamicQuantizeLinear(), List.of(x));
        Tensor weights = bytes(random, out, in / groups, taps, taps);
        Sliding sliding =
                new Sliding(AutoPad.EXPLICIT, Collections.nCopies(4, taps / 2), List.of(stride, stride), List.of());
        Value sums = g.apply(new ConvInteger(sliding, groups), q.get(0), g.constant(weights), q.get(2));
        return ended(g, sums, q.get(1), floats(random, 1, out, 1, 1));
    }

    private static Value ended(GraphBuilder g, Value sums, Value scale, Tensor bias) {
        Value factor = g.apply(Arithmetic.MUL, scale, g.scalar(DType.F32, 0.013));
        Value scaled = g.apply(Arithmetic.MUL, g.apply(new Cast(DType.F32), sums), factor);
        return g.apply(Arithmetic.ADD, scaled, g.constant(bias));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 24, 48, 70})
    void products(int columns) {
        Random random = new Random(columns);
        GraphBuilder g = new GraphBuilder("products");
        Value x = g.input("x", floats(random, 13, 40).type());
        List<Value> q = g.apply(new DynamicQuantizeLinear(), List.of(x));
        Value sums = g.apply(new MatMulInteger(), q.get(0), g.constant(bytes(random, 40, columns)), q.get(2));
        g.output("y", ended(g, sums, q.get(1), floats(random, columns)));
        Graph graph = g.build();
        assertSameBits(graph, floats(random, 13, 40));
        assertSameBits(graph, rare(random, 13, 40));
    }

    /// Whole numbers that come to the middle between two bytes, of all scales.
    @Test
    void bytesOfAnyScale() {
        GraphBuilder g = new GraphBuilder("bytes");
        Value x = g.input("x", Tensor.zeros(DType.F32, 2000).type());
        List<Value> q = g.apply(new DynamicQuantizeLinear(), List.of(x));
        g.output("bytes", q.get(0));
        g.output("scale", q.get(1));
        g.output("zero", q.get(2));
        Graph graph = g.build();
        Random random = new Random(7);
        for (int run = 0; run < 60; run++) {
            float unit = (float) Math.exp(random.nextDouble(-95, 80));
            float[] all = new float[2000];
            for (int i = 0; i < all.length; i++) {
                all[i] = (random.nextInt(511) - random.nextInt(2) * 200) * 0.5f * unit;
            }
            assertSameBits(graph, Tensor.of(all, 2000));
        }
        assertSameBits(graph, Tensor.zeros(DType.F32, 2000));
    }

    private static void assertSameBits(Graph graph, Tensor x) {
        Map<String, Datum> plain = results(TIERS.plain(), graph, x);
        for (CpuBackend other : TIERS.others()) {
            results(other, graph, x)
                    .forEach((name, t) -> assertThat(t.asTensor().array())
                            .as("%s by %s", name, other.description())
                            .isEqualTo(plain.get(name).asTensor().array()));
        }
    }

    private static Map<String, Datum> results(CpuBackend backend, Graph graph, Tensor x) {
        try (Model model = Model.of(graph, ModelOptions.defaults().backend(backend))) {
            return model.run(Map.of("x", x));
        }
    }

    private static Tensor floats(Random random, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextGaussian());
        }
        return t;
    }

    /// Zeros of both signs, numbers far apart, one that is none.
    private static Tensor rare(Random random, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextInt(3) == 0 ? -0.0 : Math.scalb(random.nextGaussian(), random.nextInt(20)));
        }
        t.elements().set(t.length() / 2, Double.NaN);
        return t;
    }

    private static Tensor bytes(Random random, long... extents) {
        Tensor t = Tensor.zeros(DType.I8, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, (long) random.nextInt(256) - 128);
        }
        return t;
    }
}
