package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Arithmetic;
import dev.quern.op.BatchNormalization;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Products;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Scales and shifts go into weights, and results stay.
final class FoldScalesTest {
    private static final BatchNormalization BN = new BatchNormalization(1e-5, 0.9, BatchNormalization.Mode.INFERENCE);

    private final GraphBuilder g = new GraphBuilder("g");
    private final SplittableRandom random = new SplittableRandom(7);

    private Tensor drawn(double low, double high, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextDouble(low, high));
        }
        return t;
    }

    private Value weights(long... extents) {
        return g.parameter("w", drawn(-1, 1, extents));
    }

    private Value normalised(Value x, int channels) {
        List<Value> in = new ArrayList<>(List.of(x));
        in.add(g.parameter("scale", drawn(0.5, 2, channels)));
        in.add(g.parameter("shift", drawn(-1, 1, channels)));
        in.add(g.parameter("mean", drawn(-1, 1, channels)));
        in.add(g.parameter("variance", drawn(0.1, 2, channels)));
        return g.apply(BN, in).getFirst();
    }

    private void leaves(Value y, Tensor x, String... operators) {
        g.output("y", y);
        Graph before = g.build();
        Graph after = Verifier.verify(new FoldScales().apply(before));
        assertThat(after.nodes().stream().map(n -> n.op().name())).containsExactly(operators);
        Tensor expected = new Evaluator().run(before, List.of(x)).getFirst().asTensor();
        Tensor actual = new Evaluator().run(after, List.of(x)).getFirst().asTensor();
        assertThat(actual.type()).isEqualTo(expected.type());
        for (int i = 0; i < expected.length(); i++) {
            assertThat(Math.abs(actual.getDouble(i) - expected.getDouble(i))).isLessThan(1e-5);
        }
    }

    private Value input(long... extents) {
        return g.input("x", Type.tensor(DType.F32, extents));
    }

    @Test
    void batchNormalizationAfterAConvolutionWithGroups() {
        Op conv = new Convolutions.Conv(Sliding.PLAIN, 2);
        Value y = normalised(g.apply(conv, input(2, 4, 5), weights(6, 2, 3)), 6);
        leaves(y, drawn(-1, 1, 2, 4, 5), "Conv");
    }

    @Test
    void batchNormalizationAfterATransposedConvolutionWithGroups() {
        Op conv = new ConvTranspose(Sliding.PLAIN, 2, List.of(), List.of());
        Value y = normalised(g.apply(conv, input(1, 4, 3, 3), weights(4, 3, 2, 2)), 6);
        leaves(y, drawn(-1, 1, 1, 4, 3, 3), "ConvTranspose");
    }

    @Test
    void batchNormalizationAfterAGemm() {
        Value bias = g.parameter("b", drawn(-1, 1, 5));
        Value y = normalised(g.apply(new Products.Gemm(1, 1, false, true), input(3, 4), weights(5, 4), bias), 5);
        leaves(y, drawn(-1, 1, 3, 4), "Gemm");
    }

    @Test
    void productAndSumByChannel() {
        Value conv = g.apply(new Convolutions.Conv(), input(1, 2, 4, 4), weights(3, 2, 1, 1));
        Value scaled = g.apply(Arithmetic.MUL, g.parameter("s", drawn(0.5, 2, 3, 1, 1)), conv);
        Value shifted = g.apply(Arithmetic.ADD, scaled, g.parameter("t", drawn(-1, 1, 1, 3, 1, 1)));
        leaves(shifted, drawn(-1, 1, 1, 2, 4, 4), "Conv");
    }

    @Test
    void aResultThatIsUsedOtherwiseTooStays() {
        Value conv = g.apply(new Convolutions.Conv(), input(1, 2, 4), weights(3, 2, 1));
        Value y = g.apply(Arithmetic.ADD, normalised(conv, 3), conv);
        leaves(y, drawn(-1, 1, 1, 2, 4), "Conv", "BatchNormalization", "Add");
    }

    @Test
    void weightsThatAreUsedTwiceStay() {
        Value w = weights(2, 2, 1);
        Value first = g.apply(new Convolutions.Conv(), input(1, 2, 4), w);
        Value y = normalised(g.apply(new Convolutions.Conv(), first, w), 2);
        leaves(y, drawn(-1, 1, 1, 2, 4), "Conv", "Conv", "BatchNormalization");
    }

    @Test
    void aScaleAlongAnotherAxisStays() {
        Value conv = g.apply(new Convolutions.Conv(), input(1, 2, 3), weights(3, 2, 1));
        Value y = g.apply(Arithmetic.MUL, conv, g.parameter("s", drawn(0.5, 2, 3)));
        leaves(y, drawn(-1, 1, 1, 2, 3), "Conv", "Mul");
    }
}
