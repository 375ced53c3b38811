package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.graph.Evaluator;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Losses against their definitions, written down plainly.
class LossesTest {
    private static final double[][] SCORES = {{1, -2, 0.5}, {0, 3, -1}, {2, 2, 2}, {-1, 0, 40}};
    private static final long[] LABELS = {0, 2, 1, 2};

    private static double loss(Loss loss, Tensor output, Tensor label) {
        GraphBuilder g = new GraphBuilder("loss");
        Value x = g.input("x", output.type());
        Value y = g.input("y", label.type());
        g.output("loss", loss.of(g, x, y));
        return new Evaluator()
                .run(g.build(), List.of(output, label))
                .getFirst()
                .asTensor()
                .getDouble(0);
    }

    private static Tensor scores() {
        double[] flat = new double[12];
        for (int i = 0; i < 12; i++) {
            flat[i] = SCORES[i / 3][i % 3];
        }
        return Tensor.of(flat, 4, 3);
    }

    private static double minusLogP(int row, int column) {
        double sum = 0;
        for (double s : SCORES[row]) {
            sum += Math.exp(s);
        }
        return Math.log(sum) - SCORES[row][column];
    }

    @Test
    void crossEntropy() {
        double expected = 0;
        for (int i = 0; i < 4; i++) {
            expected += minusLogP(i, (int) LABELS[i]) / 4;
        }
        double got = loss(Losses.crossEntropy(), scores(), Tensor.of(LABELS, 4));
        assertThat(got).isCloseTo(expected, within(1e-12));
    }

    @Test
    void crossEntropyWithEverything() {
        double[] w = {0.5, 2, 1.25};
        double smoothing = 0.3;
        int ignored = 1;
        double hard = 0;
        double soft = 0;
        double weight = 0;
        for (int i = 0; i < 4; i++) {
            int label = (int) LABELS[i];
            if (label != ignored) {
                hard += w[label] * minusLogP(i, label);
                weight += w[label];
                for (int c = 0; c < 3; c++) {
                    soft += w[c] * minusLogP(i, c) / 3;
                }
            }
        }
        CrossEntropy loss = Losses.crossEntropy()
                .weights(0.5f, 2, 1.25f)
                .labelSmoothing(smoothing)
                .ignoreIndex(ignored);
        double expected = ((1 - smoothing) * hard + smoothing * soft) / weight;
        assertThat(loss(loss, scores(), Tensor.of(LABELS, 4))).isCloseTo(expected, within(1e-12));
    }

    @Test
    void crossEntropyTakesTheScoresBehindASoftmax() {
        Loss after = (g, x, y) -> Losses.crossEntropy().of(g, g.apply(new Softmaxes.Softmax(-1), x), y);
        Tensor large = Tensor.of(new double[] {0, 2000}, 1, 2);
        assertThat(loss(after, large, Tensor.of(new long[] {0}, 1))).isEqualTo(2000);
    }

    @Test
    void crossEntropyChecksLabels() {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", Type.tensor(DType.F32, 4, 3));
        CrossEntropy loss = Losses.crossEntropy();
        assertThatThrownBy(() -> loss.check(x, Tensor.of(new long[] {0, 3}, 2)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("label 3 of element 1");
        assertThatThrownBy(() -> loss.check(x, Tensor.zeros(DType.F32, 4))).isInstanceOf(ShapeException.class);
        loss.ignoreIndex(-100).check(x, Tensor.of(new long[] {0, -100}, 2));
    }

    @Test
    void pairwise() {
        Tensor x = Tensor.of(new double[] {1, -2, 0.5, 3}, 4, 1);
        Tensor y = Tensor.of(new double[] {0, 1, 1, 0.25}, 4, 1);
        double[] d = {1, -3, -0.5, 2.75};
        double mse = 0;
        double mae = 0;
        double huber = 0;
        double bce = 0;
        for (int i = 0; i < 4; i++) {
            double far = Math.abs(d[i]);
            mse += d[i] * d[i] / 4;
            mae += far / 4;
            huber += (far < 2 ? d[i] * d[i] / 2 : 2 * (far - 1)) / 4;
            double p = 1 / (1 + Math.exp(-x.getDouble(i)));
            bce -= (y.getDouble(i) * Math.log(p) + (1 - y.getDouble(i)) * Math.log(1 - p)) / 4;
        }
        assertThat(loss(Losses.mse(), x, y)).isCloseTo(mse, within(1e-12));
        assertThat(loss(Losses.mae(), x, y)).isCloseTo(mae, within(1e-12));
        assertThat(loss(Losses.huber(2), x, y)).isCloseTo(huber, within(1e-12));
        assertThat(loss(Losses.bceWithLogits(), x, y)).isCloseTo(bce, within(1e-12));
    }

    @Test
    void pairwiseDoesNotBroadcastByAccident() {
        Tensor x = Tensor.of(new double[] {1, 2}, 2, 1);
        assertThat(loss(Losses.mse(), x, Tensor.of(new long[] {1, 4}, 2))).isEqualTo(2);
        assertThatThrownBy(() -> loss(Losses.mse(), x, Tensor.of(new double[] {1, 4}, 1, 2)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("must have the shape of the output");
    }

    @Test
    void aGraphOfOnesOwn() {
        GraphBuilder own = new GraphBuilder("own");
        Value x = own.input("x", Type.tensor(DType.F64, 2));
        Value y = own.input("y", Type.tensor(DType.F64, 2));
        own.output("loss", own.apply(new Reduce(Reduce.Kind.SUM, false), own.apply(Arithmetic.SUB, x, y)));
        Tensor a = Tensor.of(new double[] {5, 6}, 2);
        Tensor b = Tensor.of(new double[] {1, 1}, 2);
        assertThat(loss(Losses.graph(own.build()), a, b)).isEqualTo(9);
    }
}
