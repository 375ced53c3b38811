package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Generators;
import dev.quern.op.Products;
import dev.quern.op.Quantization;
import dev.quern.op.Randoms;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Constants are computed where that makes a graph no larger.
final class ComputeConstantsTest {
    private final GraphBuilder g = new GraphBuilder("g");
    private final Value x = g.input("x", Type.tensor(DType.F32, 8, 16));
    private final Value w = g.parameter("w", Tensor.zeros(DType.F32, 32, 16));

    private List<String> left() {
        Graph graph = g.build();
        Graph computed = Verifier.verify(new ComputeConstants().apply(graph));
        assertThat(bytes(computed)).isLessThanOrEqualTo(bytes(graph));
        return computed.nodes().stream().map(n -> n.op().name()).toList();
    }

    private static long bytes(Graph graph) {
        return graph.constants().stream()
                        .mapToLong(v -> ComputeConstants.bytes(v.constant().orElseThrow()))
                        .sum()
                + graph.nodes().size() * (long) ComputeConstants.NODE_BYTES;
    }

    @Test
    void weightsThatAreTransposedAndScaled() {
        Value scaled = g.apply(Arithmetic.MUL, g.apply(new Arranging.Transpose(1, 0), w), g.scalar(DType.F32, 0.5));
        g.output("y", g.apply(new Products.MatMul(), x, scaled));
        assertThat(left()).containsExactly("MatMul");
    }

    @Test
    void weightsThatAreUsedAsTheyAreToo() {
        Value transposed = g.apply(new Arranging.Transpose(1, 0), w);
        g.output("y", g.apply(new Products.MatMul(), x, transposed));
        g.output("z", g.apply(Arithmetic.EXP, w));
        assertThat(left()).containsExactly("Transpose", "MatMul", "Exp");
    }

    @Test
    void whatGrowsIsLeft() {
        Value large = g.apply(new Generators.ConstantOfShape(Tensor.of(new float[] {1}, 1)), g.longs(8, 16));
        g.output("y", g.apply(Arithmetic.ADD, x, large));
        assertThat(left()).containsExactly("ConstantOfShape", "Add");
    }

    @Test
    void whatGrowsAndShrinksAgainIsComputed() {
        Value large = g.apply(new Generators.ConstantOfShape(Tensor.of(new float[] {1}, 1)), g.longs(8, 16));
        Value first = g.apply(new Arranging.Slice(), large, g.longs(0, 0), g.longs(1, 1));
        g.output("y", g.apply(Arithmetic.ADD, x, first));
        assertThat(left()).containsExactly("Add");
    }

    @Test
    void randomNumbersAreDrawnInEachRun() {
        Value noise = g.apply(new Randoms.Random(DType.F32, Shape.of(1), new Randoms.Normal(0, 1), 3), List.of())
                .getFirst();
        g.output("y", g.apply(Arithmetic.ADD, x, noise));
        assertThat(left()).containsExactly("RandomNormal", "Add");
    }

    /// Files hold them as vectors along an axis.
    @Test
    void scalesByChannelKeepTheirShape() {
        Value q = g.parameter("q", Tensor.zeros(DType.I8, 16, 400));
        Value scale = g.apply(new Shaping.Unsqueeze(), g.parameter("s", Tensor.zeros(DType.F32, 16)), g.longs(1));
        Value zero = g.apply(new Shaping.Unsqueeze(), g.parameter("z", Tensor.zeros(DType.I8, 16)), g.longs(1));
        Value back = g.apply(new Quantization.DequantizeLinear(DType.F32), q, scale, zero);
        g.output("y", g.apply(new Products.MatMul(), x, back));
        assertThat(left()).containsExactly("Unsqueeze", "Unsqueeze", "DequantizeLinear", "MatMul");
    }
}
