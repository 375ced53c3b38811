package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Products.Gemm;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Products between scales as products of integers: at most a unit from those of floats.
final class IntegerProductsTest {
    private final Random random = new Random(11);

    private Tensor integers(DType type, long... extents) {
        Tensor t = Tensor.zeros(type, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, (long) (random.nextInt(256) - (type.isSigned() ? 128 : 0)));
        }
        return t;
    }

    private Tensor floats(double from, double to, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextDouble(from, to));
        }
        return t;
    }

    private Graph graph(Op op, Type x, Tensor weights, Tensor scale, boolean rectified, boolean quantized) {
        GraphBuilder g = new GraphBuilder("g");
        Value q = g.input("q", x);
        Value a = g.apply(
                new DequantizeLinear(DType.F32),
                q,
                g.scalar(DType.F32, 0.02),
                g.constant(Tensor.scalar(x.asTensor().dtype(), 7L)));
        Value w = g.apply(
                new DequantizeLinear(DType.F32),
                g.parameter("w", weights),
                g.parameter("s", scale),
                g.constant(Tensor.zeros(DType.I8, scale.shape())));
        List<Value> in = new ArrayList<>(List.of(a, w));
        if (!(op instanceof MatMul)) {
            int channels = (int) weights.shape()
                    .dim(op instanceof Gemm g2 && !g2.transB() ? 1 : 0)
                    .extent();
            in.add(g.parameter("b", floats(-1, 1, channels)));
        }
        Value y = g.apply(op, in).getFirst();
        y = rectified ? g.apply(Activations.RELU, y) : y;
        Value zero = g.constant(Tensor.scalar(DType.U8, 100L));
        g.output("y", quantized ? g.apply(new QuantizeLinear(DType.F32, true), y, g.scalar(DType.F32, 0.11), zero) : y);
        return g.build();
    }

    private void check(Graph graph, Tensor x, String product, double most) {
        Graph after = Verifier.verify(Passes.inIntegers(graph));
        assertThat(after.nodes().stream().map(n -> n.op().name()))
                .contains(product)
                .doesNotContain("DequantizeLinear", "QuantizeLinear");
        Tensor want = new Evaluator().run(graph, List.<Datum>of(x)).getFirst().asTensor();
        Tensor got = new Evaluator().run(after, List.<Datum>of(x)).getFirst().asTensor();
        assertThat(got.type()).isEqualTo(want.type());
        int different = 0;
        for (int i = 0; i < got.length(); i++) {
            double distance = Math.abs(got.getDouble(i) - want.getDouble(i));
            assertThat(distance).isLessThanOrEqualTo(most);
            different += distance == 0 ? 0 : 1;
        }
        assertThat(different).isLessThanOrEqualTo(want.dtype().isFloat() ? got.length() : got.length() / 20);
    }

    @Test
    void convolutions() {
        Conv padded = new Conv(new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(), List.of()), 1);
        Tensor weights = integers(DType.I8, 6, 4, 3, 3);
        Tensor scales = floats(0.01, 0.03, 6, 1, 1, 1);
        Type type = Type.tensor(DType.U8, 1, 4, 7, 5);
        Tensor x = integers(DType.U8, 1, 4, 7, 5);
        check(graph(padded, type, weights, scales, false, true), x, "ConvInteger", 1);
        check(graph(padded, type, weights, scales, true, true), x, "ConvInteger", 1);
        check(graph(padded, type, weights, floats(0.01, 0.03), true, false), x, "ConvInteger", 1e-3);
        Conv depthwise = new Conv(Sliding.PLAIN, 4);
        check(
                graph(depthwise, type, integers(DType.I8, 8, 1, 3, 3), floats(0.01, 0.03, 8, 1, 1, 1), true, true),
                x,
                "ConvInteger",
                1);
    }

    @Test
    void products() {
        Type type = Type.tensor(DType.I8, 5, 20);
        Tensor x = integers(DType.I8, 5, 20);
        check(
                graph(new Gemm(), type, integers(DType.I8, 20, 6), floats(0.01, 0.03, 1, 6), true, true),
                x,
                "MatMulInteger",
                1);
        check(
                graph(
                        new Gemm(1, 1, false, true),
                        type,
                        integers(DType.I8, 6, 20),
                        floats(0.01, 0.03, 6, 1),
                        false,
                        true),
                x,
                "MatMulInteger",
                1);
        check(
                graph(new MatMul(), type, integers(DType.I8, 20, 6), floats(0.01, 0.03, 6), false, false),
                x,
                "MatMulInteger",
                1e-3);
    }
}
