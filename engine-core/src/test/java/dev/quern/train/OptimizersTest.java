package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.graph.Evaluator;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Optimizers that PyTorch's recorded logs do not hold, against their papers' algorithms, written down plainly.
class OptimizersTest {
    private static final int STEPS = 5;

    /// The algorithm of a paper: changes a parameter and what it keeps.
    private interface Plain {
        void step(int t, double[] parameter, double[] gradient, List<double[]> state);
    }

    private static void assertSame(Optimizer optimizer, Plain plain, int rows, int columns) {
        int n = rows * columns;
        Type type = Type.tensor(DType.F64, rows, columns);
        GraphBuilder g = new GraphBuilder("update");
        Value p = g.input("p", type);
        Value slope = g.input("g", type);
        List<Value> state =
                optimizer.state().stream().map(s -> g.input(s, type)).toList();
        List<Value> factors = new ArrayList<>();
        for (int i = 0; i < optimizer.factors(1, 1).length; i++) {
            factors.add(g.input("f" + i, Type.tensor(DType.F64)));
        }
        List<Value> after = optimizer.update(g, p, slope, state, factors);
        for (int i = 0; i < after.size(); i++) {
            g.output("o" + i, after.get(i));
        }
        double[] parameter = Toys.drawn(1, rows, columns).toDoubles();
        List<double[]> kept =
                optimizer.state().stream().map(s -> new double[n]).collect(java.util.stream.Collectors.toList());
        List<Datum> now = new ArrayList<>(List.of(Tensor.of(parameter.clone(), rows, columns)));
        optimizer.state().forEach(s -> now.add(Tensor.zeros(DType.F64, rows, columns)));
        for (int t = 1; t <= STEPS; t++) {
            double[] gradient = Toys.drawn(10 + t, rows, columns).toDoubles();
            List<Datum> operands = new ArrayList<>(now);
            operands.add(1, Tensor.of(gradient, rows, columns));
            for (double f : optimizer.factors(t, optimizer.learningRate())) {
                operands.add(Tensor.scalar(DType.F64, f));
            }
            now.clear();
            now.addAll(new Evaluator().run(g.build(), operands));
            plain.step(t, parameter, gradient, kept);
            for (int i = 0; i < n; i++) {
                assertThat(now.getFirst().asTensor().getDouble(i)).isCloseTo(parameter[i], within(1e-13));
            }
        }
    }

    @Test
    void lion() {
        assertSame(
                new Lion(0.1, 0.9, 0.99, 0.3),
                (t, p, g, state) -> {
                    double[] m = state.getFirst();
                    for (int i = 0; i < p.length; i++) {
                        double direction = Math.signum(0.9 * m[i] + (1 - 0.9) * g[i]);
                        p[i] -= 0.1 * (direction + 0.3 * p[i]);
                        m[i] = 0.99 * m[i] + (1 - 0.99) * g[i];
                    }
                },
                3,
                4);
    }

    @Test
    void lamb() {
        assertSame(
                new LAMB(0.1, 0.9, 0.99, 1e-6, 0.02),
                (t, p, g, state) -> {
                    double[] m = state.get(0);
                    double[] v = state.get(1);
                    double[] r = new double[p.length];
                    double ofParameter = 0;
                    double ofDirection = 0;
                    for (int i = 0; i < p.length; i++) {
                        m[i] = 0.9 * m[i] + (1 - 0.9) * g[i];
                        v[i] = 0.99 * v[i] + (1 - 0.99) * g[i] * g[i];
                        double mean = m[i] / (1 - Math.pow(0.9, t));
                        double square = v[i] / (1 - Math.pow(0.99, t));
                        r[i] = mean / (Math.sqrt(square) + 1e-6) + 0.02 * p[i];
                        ofParameter += p[i] * p[i];
                        ofDirection += r[i] * r[i];
                    }
                    for (int i = 0; i < p.length; i++) {
                        p[i] -= 0.1 * Math.sqrt(ofParameter) / Math.sqrt(ofDirection) * r[i];
                    }
                },
                3,
                4);
    }

    @Test
    void muon() {
        assertSame(new Muon(0.1), (t, p, g, state) -> muon(3, 5, p, g, state.getFirst()), 3, 5);
        assertSame(new Muon(0.1), (t, p, g, state) -> muon(5, 2, p, g, state.getFirst()), 5, 2);
    }

    private static void muon(int rows, int columns, double[] p, double[] g, double[] momentum) {
        double[][] x = new double[rows][columns];
        double norm = 0;
        for (int i = 0; i < p.length; i++) {
            momentum[i] += (1 - 0.95) * (g[i] - momentum[i]);
            double ahead = g[i] + 0.95 * (momentum[i] - g[i]);
            x[i / columns][i % columns] = ahead;
            norm += ahead * ahead;
        }
        for (double[] row : x) {
            for (int j = 0; j < columns; j++) {
                row[j] /= Math.sqrt(norm);
            }
        }
        double[][] way = rows > columns ? transposed(x) : x;
        for (int i = 0; i < 5; i++) {
            double[][] gram = product(way, transposed(way));
            way = sum(3.4445, way, 1, product(sum(-4.7750, gram, 2.0315, product(gram, gram)), way));
        }
        way = rows > columns ? transposed(way) : way;
        for (int i = 0; i < p.length; i++) {
            double stretch = Math.sqrt(Math.max(1, (double) rows / columns));
            p[i] = p[i] * (1 - 0.1 * 0.1) - 0.1 * stretch * way[i / columns][i % columns];
        }
    }

    private static double[][] transposed(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private static double[][] sum(double alpha, double[][] a, double beta, double[][] b) {
        double[][] c = new double[a.length][a[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                c[i][j] = alpha * a[i][j] + beta * b[i][j];
            }
        }
        return c;
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Adagrad(-1)).hasMessage("learning rate must not be negative, not -1.0");
        assertThatThrownBy(() -> new Lion(0.1, 1, 0.9, 0)).hasMessage("beta1 must be in [0, 1), not 1.0");
        assertThatThrownBy(() -> new Muon(0.1, 0.9, true, 0, 0)).hasMessageContaining("1 to 100 iterations");
        assertThatThrownBy(() -> Trainer.of(Toys.classifier(false, 0))
                        .optimizer(new Muon(0.1))
                        .fit(Toys.rows(), Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no optimizer moves \"fc1.bias\", f32[8]");
    }
}
