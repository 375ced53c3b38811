package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.gradient.Gradient;
import dev.quern.graph.Evaluator;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The gradient of coupling is that of the exact solution, which the operator only comes near to.
class PairwiseCouplingTest {
    private static final float[] PAIRS = {0.7f, 0.4f, 0.8f, 0.55f, 0.3f, 0.6f};
    private static final double[] WEIGHTS = {1, -2, 0.5, 3};

    /// Σ wᵢ pᵢ of the exact solution, by elimination.
    private static double weighted(double[] pairs) {
        int n = WEIGHTS.length;
        double[][] r = new double[n][n];
        int at = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                r[i][j] = pairs[at++];
                r[j][i] = 1 - r[i][j];
            }
        }
        double[][] m = new double[n + 1][n + 2];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (i != j) {
                    m[i][i] += r[j][i] * r[j][i];
                    m[i][j] = -r[j][i] * r[i][j];
                }
            }
            m[i][n] = 1;
            m[n][i] = 1;
        }
        m[n][n + 1] = 1;
        for (int k = 0; k <= n; k++) {
            int pivot = k;
            for (int row = k + 1; row <= n; row++) {
                pivot = Math.abs(m[row][k]) > Math.abs(m[pivot][k]) ? row : pivot;
            }
            double[] swapped = m[k];
            m[k] = m[pivot];
            m[pivot] = swapped;
            for (int row = 0; row <= n; row++) {
                double factor = row == k ? 0 : m[row][k] / m[k][k];
                for (int c = k; c <= n + 1; c++) {
                    m[row][c] -= factor * m[k][c];
                }
            }
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += WEIGHTS[i] * m[i][n + 1] / m[i][i];
        }
        return sum;
    }

    @Test
    void gradientIsThatOfTheExactSolution() {
        GraphBuilder g = new GraphBuilder("coupling");
        Value pairs = g.input("pairs", Type.tensor(DType.F32, 1, 6));
        Value p = g.apply(new PairwiseCoupling(4), pairs);
        Value weights = g.constant(Tensor.of(new float[] {1, -2, 0.5f, 3}, 1, 4));
        Value loss = g.apply(new Reduce(Reduce.Kind.SUM, false), g.apply(Arithmetic.MUL, p, weights));
        g.output("gradient", Gradient.of(g, loss, List.of(pairs)).getFirst());
        double[] found = new Evaluator()
                .run(g.build(), List.of(Tensor.of(PAIRS, 1, 6)))
                .getFirst()
                .asTensor()
                .toDoubles();
        for (int k = 0; k < PAIRS.length; k++) {
            double[] up = Tensor.of(PAIRS, 6).toDoubles();
            double[] down = up.clone();
            up[k] += 1e-6;
            down[k] -= 1e-6;
            assertThat(found[k]).isCloseTo((weighted(up) - weighted(down)) / 2e-6, within(1e-5));
        }
    }
}
