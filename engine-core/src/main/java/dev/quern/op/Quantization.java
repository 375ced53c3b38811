package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Between real numbers and numbers q of few bits that stand for (q − zero point) · scale: integers, or floats of 8
/// bits and fewer. All broadcast; numbers are rounded to nearest, ties to even, and saturate. The importer shapes
/// scales and zero points that belong to an axis or to blocks.
public sealed interface Quantization extends ElementwiseOp {

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    @Override
    default int arity() {
        return 3;
    }

    /// x / scale + zero point, as numbers of the zero point's type. ONNX QuantizeLinear, opset 28.
    ///
    /// @param precision what the quotient is rounded to, a float type
    /// @param saturate whether floats of 8 bits saturate; else what is out of range becomes infinity or NaN
    record QuantizeLinear(DType precision, boolean saturate) implements Quantization {
        @Override
        public Expr define(List<Expr> args) {
            Expr quotient = real(real(args.get(0)).dividedBy(real(args.get(1))).castTo(precision));
            Expr zeroPoint = args.get(2);
            return zeroPoint.dtype().isFloat()
                    ? nearest(quotient, zeroPoint, saturate)
                    : saturated(quotient, zeroPoint);
        }

        static Stream<Example> examples() {
            return Stream.of(
                            DType.U8,
                            DType.I8,
                            DType.U16,
                            DType.I16,
                            DType.U4,
                            DType.I4,
                            DType.U2,
                            DType.I2,
                            DType.F8E4M3FN,
                            DType.F8E4M3FNUZ,
                            DType.F8E5M2,
                            DType.F8E5M2FNUZ,
                            DType.F6E2M3,
                            DType.F6E3M2,
                            DType.F4E2M1)
                    .flatMap(to -> Stream.of(
                            Example.of(
                                    new QuantizeLinear(DType.F32, true),
                                    Example.f32(3, 4).in(-90, 90).notDifferentiable(),
                                    Example.f32().in(0.1, 0.5).notDifferentiable(),
                                    zero(to)),
                            Example.of(
                                    new QuantizeLinear(DType.F16, false),
                                    Example.f32(2, 3).in(-9, 9).notDifferentiable(),
                                    Example.f32(2, 1).in(0.1, 0.5).notDifferentiable(),
                                    zero(to, 2, 1))));
        }
    }

    /// (q − zero point) · scale, as numbers of type `to`, to which the product is rounded. ONNX DequantizeLinear,
    /// opset 28.
    record DequantizeLinear(DType to) implements Quantization {
        @Override
        public boolean isDifferentiable() {
            return true;
        }

        @Override
        public Expr define(List<Expr> args) {
            Expr q = args.get(0);
            Expr zeroPoint = args.get(2);
            Expr difference = q.dtype().isFloat()
                    ? real(q).minus(real(zeroPoint))
                    : real(q.castTo(DType.I32).minus(zeroPoint.castTo(DType.I32)));
            return difference.times(real(args.get(1))).castTo(to);
        }

        static Stream<Example> examples() {
            return Stream.of(
                            DType.U8,
                            DType.I8,
                            DType.U16,
                            DType.I16,
                            DType.I32,
                            DType.U4,
                            DType.I2,
                            DType.F8E4M3FN,
                            DType.F8E5M2FNUZ,
                            DType.F6E3M2,
                            DType.F4E2M1)
                    .flatMap(from -> Stream.of(
                            Example.of(
                                    new DequantizeLinear(DType.F32),
                                    Example.operand(from, 2, 3).notDifferentiable(),
                                    Example.f32(3).in(0.1, 0.5).notDifferentiable(),
                                    zero(from, 3)),
                            Example.of(
                                    new DequantizeLinear(DType.BF16),
                                    Example.operand(from, 4).notDifferentiable(),
                                    Example.operand(DType.F8E8M0).in(0.1, 0.5).notDifferentiable(),
                                    zero(from))));
        }
    }

    /// A zero point: any integer, or 0 for floats.
    private static Example.Operand zero(DType dtype, long... extents) {
        return dtype.isFloat()
                ? Example.fixed(Tensor.zeros(dtype, extents)).notDifferentiable()
                : Example.operand(dtype, extents);
    }

    /// A sum of products of integers as integers of the zero point's type: sum · factor + zero point. The factor is
    /// the product of the operands' scales over the result's.
    record Requantize() implements Quantization {
        @Override
        public Expr define(List<Expr> args) {
            return saturated(real(args.get(0)).times(args.get(1)), args.get(2));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new Requantize(),
                    Example.operand(DType.I32, 3, 4).in(-9000, 9000),
                    Example.f32(4).in(0.001, 0.05).notDifferentiable(),
                    Example.operand(DType.U8)));
        }
    }

    private static Expr real(Expr x) {
        return x.castTo(DType.F32);
    }

    /// x + zero point in the float type of the zero point; a zero point of 0 leaves −0 as it is.
    private static Expr nearest(Expr x, Expr zeroPoint, boolean saturate) {
        Expr zero = real(zeroPoint);
        Expr y = Expr.select(zero.eq(zero.like(0)), x, x.plus(zero));
        return saturate ? Narrowing.Saturated.of(y, zeroPoint.dtype()) : y.castTo(zeroPoint.dtype());
    }

    private static Expr saturated(Expr x, Expr zeroPoint) {
        DType to = zeroPoint.dtype();
        Expr y = x.apply(UnaryFn.ROUND).plus(real(zeroPoint));
        return y.max(Arithmetic.lowest(to).getDouble(0))
                .min(Arithmetic.highest(to).getDouble(0))
                .castTo(to);
    }
}
