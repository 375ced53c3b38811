package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;

/// What is computed of each square matrix in the last two axes of a float tensor, by elimination with row exchange in
/// double.
public sealed interface SquareMatrix extends HostOp {
    private static Shape checked(Operands in) {
        in.requireSize(1, 1);
        in.require(0, DType.F32, DType.F64, DType.F16, DType.BF16);
        Shape x = in.shape(0);
        if (x.isRanked()) {
            if (x.rank() < 2) {
                throw new ShapeException("square matrices are needed, not " + in.tensor(0));
            }
            x.dim(-1).unify(x.dim(-2));
        }
        return x;
    }

    @Override
    default boolean isDifferentiable() {
        return true;
    }

    /// Determinants, `[…,n,n]` to `[…]`. ONNX Det, opset 22.
    record Det() implements SquareMatrix {
        @Override
        public List<Type> infer(Operands in) {
            Shape x = checked(in);
            return List.of(Type.tensor(in.dtype(0), x.isRanked() ? x.slice(0, x.rank() - 2) : x));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            Tensor out = Tensor.zeros(x.dtype(), x.shape().slice(0, x.rank() - 2));
            for (int m = 0; m < out.length(); m++) {
                host.checkCancelled();
                out.elements().set(m, Elimination.of(x, m).determinant());
            }
            return List.of(out);
        }

        /// d det(X) = det(X) · X⁻ᵀ · dX.
        @Override
        public void gradient(Adjoint a) {
            a.cotangent(0).filter(dy -> a.wants(0)).ifPresent(dy -> {
                Formula f = new Formula(a.graph());
                Value inverse = f.lastTwoSwapped(f.g().apply(new Inverse(), a.input(0)));
                a.give(0, f.mul(f.unsqueeze(f.mul(dy, a.output(0)), -2, -1), inverse));
            });
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Det(), Example.f32(3, 3)),
                    Example.of(new Det(), Example.operand(DType.F64, 2, 1, 4, 4)),
                    Example.of(new Det(), Example.f32(0, 0)));
        }
    }

    /// Inverses, `[…,n,n]` to the same; not finite where a matrix has none. Inverse of com.microsoft.
    record Inverse() implements SquareMatrix {
        @Override
        public List<Type> infer(Operands in) {
            return List.of(Type.tensor(in.dtype(0), checked(in)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            int n = (int) x.shape().dim(-1).extent();
            Tensor out = Tensor.zeros(x.dtype(), x.shape());
            for (int m = 0; m * n * n < out.length(); m++) {
                host.checkCancelled();
                double[][] inverse = Elimination.of(x, m).inverse();
                for (int i = 0; i < n * n; i++) {
                    out.elements().set(m * n * n + i, inverse[i / n][i % n]);
                }
            }
            return List.of(out);
        }

        /// d X⁻¹ = −X⁻¹ · dX · X⁻¹.
        @Override
        public void gradient(Adjoint a) {
            a.cotangent(0).filter(dy -> a.wants(0)).ifPresent(dy -> {
                Formula f = new Formula(a.graph());
                Value transposed = f.lastTwoSwapped(a.output(0));
                a.give(0, f.mul(f.matMul(f.matMul(transposed, dy), transposed), -1));
            });
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Inverse(), Example.f32(3, 3)),
                    Example.of(new Inverse(), Example.operand(DType.F64, 2, 1, 4, 4)),
                    Example.of(new Inverse(), Example.f32(2, 0, 0)));
        }
    }
}
