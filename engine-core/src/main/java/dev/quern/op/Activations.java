package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.graph.PrimitiveOp;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Activation functions: ONNX's operators of the same names. At kinks the gradient is PyTorch's (0 for Relu at
/// 0).
public sealed interface Activations extends ElementwiseOp {

    /// ONNX Relu, opset 14.
    Elementwise RELU = Elementwise.of("Relu", x -> Expr.select(x.le(x.like(0)), x.like(0), x))
            .withDerivativeAtResult();
    /// ONNX Sigmoid, opset 13.
    Elementwise SIGMOID = Elementwise.of("Sigmoid", Expr::sigmoid);
    /// ONNX Tanh, opset 13.
    Elementwise TANH = Elementwise.of("Tanh", Expr::tanh);
    /// log(1 + e^x). ONNX Softplus, opset 22.
    Elementwise SOFTPLUS = Elementwise.of("Softplus", Expr::softplus);
    /// x / (1 + |x|). ONNX Softsign, opset 22.
    Elementwise SOFTSIGN = Elementwise.of("Softsign", x -> x.dividedBy(x.abs().plus(1)));
    /// ONNX Erf, opset 13.
    Elementwise ERF = Elementwise.of("Erf", Expr::erf);
    /// x · tanh(softplus(x)). ONNX Mish, opset 22.
    Elementwise MISH = Elementwise.of("Mish", x -> x.times(x.softplus().tanh()));
    /// x · min(max(x + 3, 0), 6) / 6. ONNX HardSwish, opset 22.
    Elementwise HARD_SWISH = Elementwise.of("HardSwish", Activations::hardSwish);
    /// x · sigmoid(x): ONNX Swish with alpha 1.
    Elementwise SILU = Elementwise.of("Silu", x -> x.times(x.sigmoid()));

    /// What all functions of one operand share.
    sealed interface OfOne extends Activations {
        Expr of(Expr x);

        @Override
        default int arity() {
            return 1;
        }

        @Override
        default Expr define(List<Expr> args) {
            return of(args.getFirst());
        }
    }

    /// x, or alpha · x where x ≤ 0. ONNX LeakyRelu, opset 16.
    record LeakyRelu(double alpha) implements OfOne {
        @Override
        public Expr of(Expr x) {
            return positiveOr(x, x.times(alpha));
        }
    }

    /// x, or alpha · (e^x − 1) where x ≤ 0. ONNX Elu, opset 22; Clevert et al., 2015.
    record Elu(double alpha) implements OfOne {
        @Override
        public Expr of(Expr x) {
            return positiveOr(x, expm1(x).times(alpha));
        }
    }

    /// gamma times [Elu]. ONNX Selu, opset 22; Klambauer et al., 2017.
    record Selu(double alpha, double gamma) implements OfOne {
        @Override
        public Expr of(Expr x) {
            return positiveOr(x, expm1(x).times(alpha)).times(gamma);
        }
    }

    /// x, or alpha · (e^(x/alpha) − 1) where x ≤ 0. ONNX Celu, opset 28; Barron, 2017.
    record Celu(double alpha) implements OfOne {
        @Override
        public Expr of(Expr x) {
            return positiveOr(x, expm1(x.dividedBy(alpha)).times(alpha));
        }
    }

    /// x where x > alpha, else 0. ONNX ThresholdedRelu, opset 22.
    record ThresholdedRelu(double alpha) implements OfOne {
        @Override
        public Expr of(Expr x) {
            return Expr.select(x.gt(alpha), x, x.like(0));
        }
    }

    /// min(max(alpha · x + beta, 0), 1). ONNX HardSigmoid, opset 22.
    record HardSigmoid(double alpha, double beta) implements OfOne {
        @Override
        public Expr of(Expr x) {
            Expr line = x.times(alpha).plus(beta);
            Expr raised = Expr.select(line.le(x.like(0)), x.like(0), line);
            return Expr.select(raised.ge(x.like(1)), x.like(1), raised);
        }
    }

    /// x · Φ(x), with the error function or, where `approximate`, with tanh. ONNX Gelu, opset 20; Hendrycks and
    /// Gimpel, 2016.
    record Gelu(boolean approximate) implements OfOne {
        @Override
        public Expr of(Expr x) {
            Expr inner;
            if (approximate) {
                // Beyond ±10 the tanh is ±1 to the last bit of f64; the bound keeps the cube from overflowing.
                Expr bounded = clamp(x, 10);
                Expr cube = bounded.times(bounded).times(bounded);
                inner = bounded.plus(cube.times(0.044715))
                        .times(Math.sqrt(2 / Math.PI))
                        .tanh();
            } else {
                inner = x.times(Math.sqrt(0.5)).erf();
            }
            return x.times(0.5).times(inner.plus(1));
        }

        @Override
        public PrimitiveOp remembering() {
            return new WithSlope(this);
        }
    }

    /// x · sigmoid(alpha · x). ONNX Swish, opset 24; Ramachandran et al., 2017.
    record Swish(double alpha) implements OfOne {
        @Override
        public Expr of(Expr x) {
            return x.times(x.times(alpha).sigmoid());
        }

        @Override
        public PrimitiveOp remembering() {
            return new WithSlope(this);
        }
    }

    /// x + bias where x < −lambda, x − bias where x > lambda, else 0; of integers in double, truncated, where
    /// lambda or bias is no whole number. ONNX Shrink, opset 9.
    record Shrink(double lambda, double bias) implements OfOne {
        @Override
        public Expr of(Expr x) {
            boolean isWhole = lambda == Math.rint(lambda) && bias == Math.rint(bias);
            if (x.dtype().isInteger() && !isWhole) {
                return of(x.castTo(DType.F64)).castTo(x.dtype());
            }
            Expr above = Expr.select(x.gt(lambda), x.minus(bias), x.like(0));
            return x.dtype().isUnsigned() ? above : Expr.select(x.lt(-lambda), x.plus(bias), above);
        }
    }

    /// x, or slope · x where x ≤ 0; the slope is operand 1. ONNX PRelu, opset 16; He et al., 2015.
    record PRelu() implements Activations {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Expr define(List<Expr> args) {
            return positiveOr(args.get(0), args.get(1).times(args.get(0)));
        }

        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1);
        }
    }

    /// Swish of operand 0 times operand 1. ONNX SwiGLU, opset 28; Shazeer, 2020.
    record SwiGLU(double alpha) implements Activations {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Expr define(List<Expr> args) {
            return new Swish(alpha).of(args.get(0)).times(args.get(1));
        }
    }

    /// x where it is above 0, else `otherwise`. As a choice and not a maximum, so that the other side decides the
    /// gradient at 0 and NaN goes through.
    private static Expr positiveOr(Expr x, Expr otherwise) {
        return Expr.select(x.gt(0), x, otherwise);
    }

    private static Expr expm1(Expr x) {
        return x.apply(UnaryFn.EXPM1);
    }

    private static Expr clamp(Expr x, double bound) {
        Expr below = Expr.select(x.gt(bound), x.like(bound), x);
        return Expr.select(x.lt(-bound), x.like(-bound), below);
    }

    private static Expr hardSwish(Expr x) {
        Expr middle = x.times(x.plus(3)).dividedBy(6);
        Expr upper = Expr.select(x.gt(3), x, middle);
        return Expr.select(x.lt(-3), x.like(0), upper);
    }

    static Stream<Example> examples() {
        Stream<ElementwiseOp> unary = Stream.of(
                RELU,
                SIGMOID,
                TANH,
                SOFTPLUS,
                SOFTSIGN,
                ERF,
                MISH,
                HARD_SWISH,
                SILU,
                new LeakyRelu(0.01f),
                new Elu(1),
                new Elu(0.5),
                new Selu(1.67326319217681884765625, 1.05070102214813232421875),
                new Celu(2),
                new ThresholdedRelu(1),
                new HardSigmoid(0.2f, 0.5),
                new Gelu(false),
                new Gelu(true),
                new Swish(1.702f),
                new Shrink(0.5, 0.25));
        return Stream.concat(unary.flatMap(Activations::ofOne), others());
    }

    private static Stream<Example> ofOne(ElementwiseOp op) {
        float[] extremes = {0, -0f, 1e-40f, -1e-40f, 17, -17, 88, -88, 89, -89, 104, -104, 1e5f, -1e5f, 3e38f, -3e38f};
        return Stream.of(
                Example.of(op, Example.f32(3, 7).in(-5, 5)),
                Example.of(op, Example.operand(DType.F16, 17)),
                Example.of(
                        op, Example.fixed(Tensor.of(extremes, extremes.length)).notDifferentiable()));
    }

    private static Stream<Example> others() {
        return Stream.of(
                Example.of(RELU, Example.operand(DType.I32, 9)),
                Example.of(RELU, Example.operand(DType.I8, 0)),
                Example.of(new PRelu(), Example.f32(2, 3, 4).in(-5, 5), Example.f32(3, 1)),
                Example.of(new SwiGLU(1), Example.f32(3, 4).in(-5, 5), Example.f32(3, 4)));
    }
}
