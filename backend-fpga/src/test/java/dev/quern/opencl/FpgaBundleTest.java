package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.Backends;
import dev.quern.compile.Plan;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Products.Gemm;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Shaping.Flatten;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// A small network of integers through a bundle: PoCL makes the binary beforehand, and stands in for the card.
@EnabledIf(value = "dev.quern.opencl.DeviceConformance#hasDevice", disabledReason = "no OpenCL device here")
class FpgaBundleTest {
    private final Random random = new Random(3);
    private final GraphBuilder g = new GraphBuilder("g");

    @TempDir
    Path folder;

    private Tensor numbers(DType type, double scale, long... extents) {
        Tensor t = Tensor.zeros(type, extents);
        for (int i = 0; i < t.length(); i++) {
            double x = scale * random.nextGaussian();
            if (type.isFloat()) {
                t.elements().set(i, x);
            } else {
                t.elements().set(i, Math.clamp((long) x, -127, 127));
            }
        }
        return t;
    }

    private Value coded(Value x, double scale) {
        Value s = g.scalar(DType.F32, scale);
        Value zero = g.constant(Tensor.scalar(DType.U8, 90L));
        return g.apply(
                new DequantizeLinear(DType.F32), g.apply(new QuantizeLinear(DType.F32, true), x, s, zero), s, zero);
    }

    /// Weights with a scale for each channel, of which there are as many as rows.
    private Value weights(long... extents) {
        long[] ones = extents.clone();
        Arrays.fill(ones, 1);
        ones[0] = extents[0];
        Tensor scales = Tensor.zeros(DType.F32, ones);
        for (int i = 0; i < scales.length(); i++) {
            scales.elements().set(i, 0.002 * (1 + i % 5));
        }
        return g.apply(
                new DequantizeLinear(DType.F32),
                g.parameter("w", numbers(DType.I8, 50, extents)),
                g.parameter("s", scales),
                g.constant(Tensor.zeros(DType.I8, ones)));
    }

    /// Two branches of convolutions, their sum, a product, and one of floats that is not for cards.
    private Graph network() {
        Value x = coded(g.input("x", Type.tensor(DType.F32, 1, 3, 6, 6)), 0.03);
        Value a = g.at("a").apply(new Conv(), x, weights(8, 3, 3, 3), g.parameter("b", numbers(DType.F32, 0.2, 8)));
        Value left = coded(g.apply(Activations.RELU, a), 0.02);
        Value right = coded(g.at("b").apply(new Conv(), x, weights(8, 3, 3, 3)), 0.02);
        Value sum = coded(g.apply(Arithmetic.ADD, left, right), 0.03);
        Value scores = g.at("fc").apply(new Gemm(1, 1, false, true), g.apply(new Flatten(1), sum), weights(5, 128));
        g.output("y", g.at("head").apply(new MatMul(), scores, g.parameter("h", numbers(DType.F32, 0.5, 5, 4))));
        return g.build();
    }

    private static Tensor run(Graph graph, Backend backend, Tensor x) {
        try (Model model = Model.of(graph, ModelOptions.defaults().backend(backend))) {
            return model.run(x);
        }
    }

    private static boolean isForCards(Plan.Step step) {
        return step instanceof Plan.Region r && r.backend().name().equals("fpga");
    }

    @Test
    void runsWithoutSourcesAndWithoutACompiler() throws Exception {
        Graph graph = network();
        int kernels = FpgaBundle.write(graph, Optional.empty(), Map.of(), folder, true);
        assertThat(kernels).isGreaterThanOrEqualTo(3);
        assertThat(folder.resolve("placement.txt")).content().contains("cards multiply integers");
        assertThat(folder.resolve("BUILD.md")).content().contains("v++ -c");
        assertThat(folder.resolve("manifest.json")).content().contains("\"group\"", "weights/", "sha256");
        Backend card = FpgaBundle.open(folder);
        try (Model model = Model.of(graph, ModelOptions.defaults().backend(card))) {
            assertThat(model.plan().steps().stream().filter(FpgaBundleTest::isForCards))
                    .isNotEmpty();
            for (int i = 0; i < 3; i++) {
                Tensor x = numbers(DType.F32, 1.5, 1, 3, 6, 6);
                Tensor want = run(graph, Backends.prefer("reference"), x);
                Tensor got = model.run(x);
                double scale = 0;
                for (int j = 0; j < want.length(); j++) {
                    scale = Math.max(scale, Math.abs(want.getDouble(j)));
                }
                for (int j = 0; j < want.length(); j++) {
                    // sums of floats may round to the next integer now and then
                    assertThat(Math.abs(got.getDouble(j) - want.getDouble(j))).isLessThan(0.01 * scale);
                }
            }
        }
    }

    @Test
    void otherShapesAreRefusedByName() {
        Graph graph = network();
        FpgaBundle.write(graph, Optional.empty(), Map.of(), folder, true);
        Backend card = FpgaBundle.open(folder);
        GraphBuilder other = new GraphBuilder("other");
        other.output("y", other.apply(Activations.RELU, other.input("x", Type.tensor(DType.F32, 7))));
        assertThatThrownBy(() -> run(other.build(), card, Tensor.of(new float[7], 7)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("lacks 1 kernels")
                .hasMessageContaining("f32[1,3,6,6]");
    }

    @Test
    void whatIsDamagedNeverReachesTheDriver() throws Exception {
        Graph graph = network();
        FpgaBundle.write(graph, Optional.empty(), Map.of(), folder, false);
        assertThatThrownBy(() -> FpgaBundle.open(folder))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("not built yet");
        FpgaBundle.write(graph, Optional.empty(), Map.of(), folder, true);
        assertThatThrownBy(() -> FpgaBundle.seal(folder, folder.resolve("nothing.bin")))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("there is no file")
                .hasMessageContaining("BUILD.md");
        Path binary = folder.resolve("quern.bin");
        byte[] whole = Files.readAllBytes(binary);
        Files.write(binary, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> FpgaBundle.open(folder))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("hash");
        Files.write(binary, whole);
        try (Stream<Path> weights = Files.list(folder.resolve("weights"))) {
            Files.write(weights.findFirst().orElseThrow(), new byte[] {1});
        }
        assertThatThrownBy(() -> FpgaBundle.open(folder))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("weights");
    }

    @Test
    void whatIsNotForCardsIsSaid() {
        GraphBuilder floats = new GraphBuilder("floats");
        Value x = floats.input("x", Type.tensor(DType.F32, 2, 2));
        floats.output("y", floats.apply(new MatMul(), x, x));
        assertThatThrownBy(() -> FpgaBundle.write(floats.build(), Optional.empty(), Map.of(), folder, false))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("cards multiply integers");
    }
}
