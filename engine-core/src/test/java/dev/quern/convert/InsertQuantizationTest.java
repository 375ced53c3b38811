package dev.quern.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.CompositePools;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Products;
import dev.quern.op.Shaping;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Where integers stand, and how far they are from the floats whose place they take.
final class InsertQuantizationTest {
    private final Random random = new Random(5);
    private final GraphBuilder g = new GraphBuilder("g");

    private Tensor numbers(double scale, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, scale * random.nextGaussian());
        }
        return t;
    }

    private Value conv(String name, Value x, int from, int to) {
        return g.at(name)
                .apply(
                        new Conv(),
                        x,
                        g.parameter(name + ".w", numbers(0.5, to, from, 1, 1)),
                        g.parameter(name + ".b", numbers(0.2, to)));
    }

    private static Graph quantized(Graph graph, Int8 int8, Tensor x) {
        return Verifier.verify(int8.transform(graph, List.of(Map.of("x", x)), ModelOptions.defaults())
                .apply(graph));
    }

    private static String ops(Graph graph) {
        return String.join(
                " ",
                graph.nodes().stream()
                        .map(n -> switch (n.op().name()) {
                            case "QuantizeLinear" -> "Q";
                            case "DequantizeLinear" -> n.input(0).dtype() == DType.U8 ? "D" : "w";
                            default -> n.op().name();
                        })
                        .toList());
    }

    private static Tensor run(Graph graph, Tensor x) {
        return new Evaluator().run(graph, List.<Datum>of(x)).getFirst().asTensor();
    }

    @Test
    void aResidualNetworkStaysInIntegers() {
        Value x = g.input("x", Type.tensor(DType.F32, 1, 3, 4, 4));
        Value a = g.apply(Activations.RELU, conv("a", x, 3, 8));
        Value b = conv("b", a, 8, 8);
        Value sum = g.apply(Activations.RELU, g.apply(Arithmetic.ADD, a, b));
        Value pooled = g.apply(new Shaping.Flatten(1), g.apply(new CompositePools.GlobalAveragePool(), sum));
        g.output("y", g.apply(new Products.MatMul(), pooled, g.parameter("fc", numbers(0.5, 8, 5))));
        Graph graph = g.build();
        Tensor typical = numbers(1, 1, 3, 4, 4);
        Graph after = quantized(graph, Int8.products(), typical);
        assertThat(ops(after))
                .isEqualTo(
                        "Q D w w Conv Relu Q D w w Conv Q D Add Relu Q D GlobalAveragePool Q D Flatten Q D w MatMul");
        Tensor want = run(graph, typical);
        Tensor got = run(after, typical);
        double scale = Difference.largest(want);
        for (int i = 0; i < want.length(); i++) {
            assertThat(got.getDouble(i)).isCloseTo(want.getDouble(i), within(0.04 * scale));
        }
        // numbers that are moved keep their code
        List<Node> quantizing = after.nodes().stream()
                .filter(n -> n.op().name().equals("QuantizeLinear"))
                .toList();
        assertThat(quantizing.getLast().input(1))
                .isSameAs(quantizing.get(quantizing.size() - 2).input(1));
    }

    @Test
    void eachChannelHasAScaleAndABiasInUnitsOfItsSums() {
        Value x = g.input("x", Type.tensor(DType.F32, 2, 3));
        Tensor w = Tensor.of(new float[] {1, 0, 100, -2, 0, 50, 0.5f, 0, 25}, 3, 3);
        Tensor bias = Tensor.of(new float[] {3, -1, 0}, 3);
        g.output("y", g.apply(new Products.Gemm(), x, g.parameter("w", w), g.parameter("b", bias)));
        Graph after = quantized(g.build(), Int8.products(), Tensor.of(new float[] {-1, 0, 1.55f, 0, 0, 0}, 2, 3));
        Map<String, Tensor> constants = new java.util.HashMap<>();
        after.constants().forEach(v -> constants.put(v.name(), v.constant().orElseThrow()));
        assertThat(constants.get("w_quantized").toLongs()).containsExactly(64, 0, 127, -127, 0, 64, 32, 0, 32);
        assertThat(constants.get("w_scale").toFloats()).containsExactly(2f / 127, 1, 100f / 127);
        assertThat(constants.get("x_scale").getFloat(0)).isEqualTo(2.55f / 255);
        assertThat(constants.get("x_zero_point").getLong(0)).isEqualTo(100);
        assertThat(constants.get("b_quantized").dtype()).isEqualTo(DType.I32);
        assertThat(constants.get("b_quantized").getLong(1)).isEqualTo(-100);
    }

    @Test
    void sevenBitsAndOneScale() {
        Value x = g.input("x", Type.tensor(DType.F32, 2, 3));
        Tensor w = Tensor.of(new float[] {1, 0, 63, -2, 0, 50, 0.5f, 0, -25}, 3, 3);
        g.output("y", g.apply(new Products.MatMul(), x, g.parameter("w", w)));
        Graph after = quantized(g.build(), Int8.products().perTensor().withSevenBitWeights(), numbers(1, 2, 3));
        Tensor q = after.constants().stream()
                .filter(v -> v.name().equals("w_quantized"))
                .findFirst()
                .orElseThrow()
                .constant()
                .orElseThrow();
        assertThat(q.toLongs()).containsExactly(1, 0, 63, -2, 0, 50, 0, 0, -25);
    }

    @Test
    void whatStaysInFloats() {
        Value x = g.input("x", Type.tensor(DType.F32, 2, 2));
        Value squared = g.at("square").apply(new Products.MatMul(), x, x);
        Value kept = g.at("head").apply(new Products.MatMul(), squared, g.parameter("w", numbers(1, 2, 2)));
        g.output("y", g.at("fc").apply(new Products.MatMul(), kept, g.parameter("v", numbers(1, 2, 2))));
        Graph graph = g.build();
        Int8 int8 = Int8.products().keeping("he*");
        InsertQuantization insert =
                int8.transform(graph, List.of(Map.of("x", numbers(1, 2, 2))), ModelOptions.defaults());
        assertThat(ops(insert.apply(graph))).isEqualTo("MatMul MatMul Q D w MatMul");
        assertThat(insert.kept(graph))
                .extracting(ConversionReport.Kept::reason)
                .containsExactly("it has no constant matrix of weights", "as asked");
    }

    @Test
    void withoutDataOrWeights() {
        Value x = g.input("x", Type.tensor(DType.F32, 2, 2));
        g.output("y", g.apply(Activations.RELU, x));
        Graph graph = g.build();
        assertThatThrownBy(() -> Int8.products().transform(graph, List.of(), ModelOptions.defaults()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("typical inputs");
        assertThatThrownBy(() -> quantized(graph, Int8.products(), numbers(1, 2, 2)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("nothing to quantise");
    }
}
