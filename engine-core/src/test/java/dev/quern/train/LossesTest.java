package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.gradient.Gradient;
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

    /// Central differences of a loss against its gradient graph.
    private static void assertGradient(Loss loss, Tensor output, Tensor label) {
        GraphBuilder g = new GraphBuilder("gradient");
        Value x = g.input("x", output.type());
        Value y = g.input("y", label.type());
        g.output("dx", Gradient.of(g, loss.of(g, x, y), List.of(x)).getFirst());
        Tensor got = new Evaluator()
                .run(g.build(), List.of(output, label))
                .getFirst()
                .asTensor();
        double h = 1e-5;
        for (int i = 0; i < output.length(); i++) {
            double[] up = output.toDoubles();
            double[] down = output.toDoubles();
            up[i] += h;
            down[i] -= h;
            long[] dims = output.shape().extents();
            double slope =
                    (loss(loss, Tensor.of(up, dims), label) - loss(loss, Tensor.of(down, dims), label)) / (2 * h);
            assertThat(got.getDouble(i)).isCloseTo(slope, within(1e-7));
        }
    }

    private static Tensor drawn(long seed, long... dims) {
        Tensor f32 = Toys.drawn(seed, dims);
        return Tensor.of(f32.toDoubles(), dims);
    }

    @Test
    void klDivergence() {
        double[] target = {0.2, 0.8, 0, 0.25, 0.25, 0.5, 1, 0, 0, 0.1, 0.3, 0.6};
        double expected = 0;
        for (int i = 0; i < 12; i++) {
            expected += target[i] == 0 ? 0 : target[i] * (Math.log(target[i]) + minusLogP(i / 3, i % 3)) / 4;
        }
        Tensor labels = Tensor.of(target, 4, 3);
        assertThat(loss(Losses.klDivergence(), scores(), labels)).isCloseTo(expected, within(1e-12));
        assertGradient(Losses.klDivergence(), drawn(1, 4, 3), labels);
    }

    @Test
    void cosine() {
        Tensor x = Tensor.of(new double[] {3, 4, 1, 0}, 2, 2);
        Tensor y = Tensor.of(new double[] {4, 3, -1, 0}, 2, 2);
        assertThat(loss(Losses.cosine(), x, y)).isCloseTo((1 - 24.0 / 25 + 2) / 2, within(1e-9));
        assertGradient(Losses.cosine(), drawn(2, 3, 5), drawn(3, 3, 5));
        assertThatThrownBy(() -> loss(Losses.cosine(), x, drawn(1, 2, 3))).isInstanceOf(ShapeException.class);
    }

    @Test
    void triplet() {
        Tensor x = Tensor.of(new double[] {0, 0, 3, 4, 6, 8, 0, 0, 1, 0, 9, 0}, 2, 3, 2);
        Tensor none = Tensor.zeros(DType.I64, 2);
        assertThat(loss(Losses.triplet(6), x, none)).isCloseTo((5 - 10 + 6 + 0) / 2.0, within(1e-5));
        assertGradient(Losses.triplet(1), drawn(4, 3, 3, 4), Tensor.zeros(DType.I64, 3));
        assertThatThrownBy(() -> loss(Losses.triplet(1), drawn(1, 3, 4), none))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("[N, 3, D]");
    }

    /// The likelihood of `labels`, summed over all ways through the steps.
    private static double ctc(double[][] logs, long... labels) {
        int steps = logs.length;
        int classes = logs[0].length;
        double likelihood = 0;
        for (int path = 0; path < Math.pow(classes, steps); path++) {
            java.util.ArrayList<Long> said = new java.util.ArrayList<>();
            double log = 0;
            long before = 0;
            int rest = path;
            for (double[] step : logs) {
                int c = rest % classes;
                rest /= classes;
                log += step[c];
                if (c != 0 && c != before) {
                    said.add((long) c);
                }
                before = c;
            }
            if (said.equals(java.util.Arrays.stream(labels).boxed().toList())) {
                likelihood += Math.exp(log);
            }
        }
        return likelihood;
    }

    @Test
    void ctc() {
        int steps = 5;
        Tensor x = drawn(5, 4, steps, 3);
        long[][] labels = {{1, 2, 2}, {2}, {}, {1, 1}};
        long[] padded = {1, 2, 2, 2, -1, -1, -1, -1, -1, 1, 1, -1};
        double expected = 0;
        for (int n = 0; n < 4; n++) {
            double[][] logs = new double[steps][3];
            for (int t = 0; t < steps; t++) {
                double sum = 0;
                for (int c = 0; c < 3; c++) {
                    sum += Math.exp(x.getDouble((n * steps + t) * 3 + c));
                }
                for (int c = 0; c < 3; c++) {
                    logs[t][c] = x.getDouble((n * steps + t) * 3 + c) - Math.log(sum);
                }
            }
            expected -= Math.log(ctc(logs, labels[n])) / Math.max(1, labels[n].length) / 4;
        }
        Tensor y = Tensor.of(padded, 4, 3);
        assertThat(loss(Losses.ctc(), x, y)).isCloseTo(expected, within(1e-12));
        assertGradient(Losses.ctc(), x, y);
        assertThat(loss(Losses.ctc(), drawn(6, 1, 2, 3), Tensor.of(new long[] {1, 1}, 1, 2)))
                .isEqualTo(Double.POSITIVE_INFINITY);
        GraphBuilder g = new GraphBuilder("g");
        Value scores = g.input("x", Type.tensor(DType.F32, 1, 4, 3));
        assertThatThrownBy(() -> Losses.ctc().check(scores, Tensor.of(new long[] {0, 1}, 1, 2)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is the blank");
    }
}
