package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.gradient.Gradient;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions;
import dev.quern.op.Indexing;
import dev.quern.op.Pools;
import dev.quern.op.Reduce;
import dev.quern.op.Sliding;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What training asks of the CPU beside inference: convolutions whose weights change, the gradients of their weights
/// and
/// inputs, pools that tell where their maxima are, sums scattered back. Every tier gives the bits of the plain one.
class TrainingKernelsTest {
    private static final List<CpuBackend> TIERS = Stream.of(Tier.values())
            .filter(tier -> tier.obstacle().isEmpty())
            .map(tier -> new CpuBackend(tier, 2))
            .toList();

    static IntStream seeds() {
        return IntStream.range(0, 24);
    }

    @AfterAll
    static void close() {
        TIERS.forEach(CpuBackend::close);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyTierGivesTheSameBits(int seed) {
        Random random = new Random(seed);
        Graph graph = graph(random);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            long[] extents = v.shape().extents();
            inputs.put(v.name(), v.dtype() == DType.I64 ? rows(random, extents[0]) : coarse(random, extents));
        }
        List<float[]> plain = run(graph, inputs, ModelOptions.defaults().backend(TIERS.getFirst()));
        for (CpuBackend tier : TIERS.subList(1, TIERS.size())) {
            List<float[]> found = run(graph, inputs, ModelOptions.defaults().backend(tier));
            for (int i = 0; i < plain.size(); i++) {
                assertThat(found.get(i)).as("result %d on %s", i, tier).isEqualTo(plain.get(i));
            }
        }
        List<float[]> oracle = run(graph, inputs, ModelOptions.defaults().backend(new ReferenceBackend()));
        for (int i = 0; i < plain.size(); i++) {
            assertThat(plain.get(i)).as("result %d", i).hasSameSizeAs(oracle.get(i));
            for (int k = 0; k < plain.get(i).length; k++) {
                float want = oracle.get(i)[k];
                assertThat(plain.get(i)[k])
                        .isCloseTo(want, org.assertj.core.data.Offset.offset(1e-4f * (1 + Math.abs(want))));
            }
        }
    }

    private static List<float[]> run(Graph graph, Map<String, Tensor> inputs, ModelOptions options) {
        List<float[]> results = new ArrayList<>();
        try (Model model = Model.of(graph, options.threads(2))) {
            for (Datum d : model.run(inputs).values()) {
                results.add(d.asTensor().toFloats());
            }
        }
        return results;
    }

    /// A convolution, Relu and a pool of it, whose rows are taken several times; and the gradients of a sum of squares.
    private static Graph graph(Random random) {
        int batch = 1 + random.nextInt(4);
        int in = 1 + random.nextInt(9);
        int out = 8 + random.nextInt(12);
        int taps = 1 + 2 * random.nextInt(2);
        int side = taps + 3 + random.nextInt(14);
        int pad = random.nextInt(taps);
        Sliding sliding = new Sliding(
                Sliding.AutoPad.EXPLICIT,
                List.of(pad, pad, pad, pad),
                List.of(1 + random.nextInt(2), 1 + random.nextInt(2)),
                List.of());
        Sliding two = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(), List.of(2, 2), List.of());
        GraphBuilder g = new GraphBuilder("training");
        Value x = g.input("x", Type.tensor(DType.F32, batch, in, side, side));
        Value w = g.input("w", Type.tensor(DType.F32, out, in, taps, taps));
        Value rows = g.input("rows", Type.tensor(DType.I64, 3L * batch));
        Value y = g.apply(Activations.RELU, g.apply(new Convolutions.Conv(sliding, 1), x, w));
        Value pooled = g.apply(new Pools.MaxPool(two, List.of(2, 2)), y);
        Value taken = g.apply(new Indexing.Gather(0), pooled, rows);
        Value loss = g.apply(new Reduce(Reduce.Kind.SUM, false), g.apply(Arithmetic.MUL, taken, taken));
        g.output("y", y);
        List<Value> gradients = Gradient.of(g, loss, List.of(x, w));
        g.output("dx", gradients.get(0));
        g.output("dw", gradients.get(1));
        return g.build();
    }

    private static Tensor rows(Random random, long count) {
        return Tensor.of(random.longs(count, 0, count / 3).toArray(), count);
    }

    /// Numbers of which many are equal.
    private static Tensor coarse(Random random, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        float[] values = (float[]) t.array();
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextInt(9) - 4) / 4f;
        }
        return t;
    }
}
