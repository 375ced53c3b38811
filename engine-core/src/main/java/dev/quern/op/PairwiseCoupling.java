package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;

/// Probabilities of K classes, f32 `[N,K]`, from those of the pairs, f32 `[N,K(K−1)/2]`: how likely the first class of
/// each pair (0,1), (0,2) … is, given that it is one of the two. Wu, Lin and Weng, "Probability Estimates for
/// Multi-class Classification by Pairwise Coupling", 2004, second approach, with the stopping rule of LIBSVM.
public record PairwiseCoupling(int classes) implements HostOp {
    private static final int MOST_ROUNDS = 100;

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(1, 1);
        in.require(0, DType.F32);
        Shape pairs = in.shape(0);
        int count = classes * (classes - 1) / 2;
        if (pairs.isRanked()
                && (pairs.rank() != 2
                        || (pairs.dim(1).isFixed() && !pairs.dim(1).is(count)))) {
            throw new ShapeException("rows of " + count + " pairs are needed, not " + in.tensor(0));
        }
        return List.of(Type.tensor(DType.F32, pairs.isRanked() ? pairs.with(1, Dim.of(classes)) : pairs));
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    /// Of the exact solution, which the rounds of [#evaluate] come near to.
    @Override
    public void gradient(Adjoint a) {
        CouplingGradient.give(classes, a);
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor pairs = in.getFirst().asTensor();
        int rows = (int) pairs.shape().dim(0).extent();
        int count = classes * (classes - 1) / 2;
        Tensor out = Tensor.zeros(DType.F32, rows, classes);
        for (int row = 0; row < rows; row++) {
            host.checkCancelled();
            double[][] r = new double[classes][classes];
            int at = row * count;
            for (int i = 0; i < classes; i++) {
                for (int j = i + 1; j < classes; j++, at++) {
                    r[i][j] = Math.clamp(pairs.getDouble(at), 1e-7, 1 - 1e-7);
                    r[j][i] = 1 - r[i][j];
                }
            }
            double[] p = couple(r);
            for (int i = 0; i < classes; i++) {
                out.elements().set(row * classes + i, p[i]);
            }
        }
        return List.of(out);
    }

    private double[] couple(double[][] r) {
        double[][] q = new double[classes][classes];
        double[] p = new double[classes];
        for (int i = 0; i < classes; i++) {
            p[i] = 1.0 / classes;
            for (int j = 0; j < classes; j++) {
                if (j != i) {
                    q[i][i] += r[j][i] * r[j][i];
                    q[i][j] = -r[j][i] * r[i][j];
                }
            }
        }
        double[] qp = new double[classes];
        for (int round = 0; round < MOST_ROUNDS; round++) {
            double pqp = 0;
            for (int i = 0; i < classes; i++) {
                qp[i] = 0;
                for (int j = 0; j < classes; j++) {
                    qp[i] += q[i][j] * p[j];
                }
                pqp += p[i] * qp[i];
            }
            double error = 0;
            for (double v : qp) {
                error = Math.max(error, Math.abs(v - pqp));
            }
            if (error < 0.005 / classes) {
                break;
            }
            improve(q, p, qp, pqp);
        }
        return p;
    }

    private static void improve(double[][] q, double[] p, double[] qp, double start) {
        double pqp = start;
        for (int i = 0; i < p.length; i++) {
            double step = (pqp - qp[i]) / q[i][i];
            double scale = 1 + step;
            p[i] += step;
            pqp = (pqp + step * (step * q[i][i] + 2 * qp[i])) / scale / scale;
            for (int j = 0; j < p.length; j++) {
                qp[j] = (qp[j] + step * q[i][j]) / scale;
                p[j] /= scale;
            }
        }
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new PairwiseCoupling(2), Example.f32(3, 1).in(0, 1).notDifferentiable()),
                Example.of(new PairwiseCoupling(4), Example.f32(5, 6).in(0, 1).notDifferentiable()));
    }
}
