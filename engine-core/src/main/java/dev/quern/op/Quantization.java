package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.Stream;

/// Between real numbers and integers q that stand for (q − zero point) · scale. All broadcast; numbers are rounded to
/// nearest, ties to even, and saturate. The importer shapes scales and zero points that belong to an axis or to blocks.
public sealed interface Quantization extends ElementwiseOp {

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    @Override
    default int arity() {
        return 3;
    }

    /// x / scale + zero point, as integers of the zero point's type. ONNX QuantizeLinear, opset 25.
    record QuantizeLinear() implements Quantization {
        @Override
        public Expr define(List<Expr> args) {
            Expr scaled = real(args.get(0)).dividedBy(real(args.get(1)));
            return saturated(scaled, args.get(2));
        }

        static Stream<Example> examples() {
            return Stream.of(DType.U8, DType.I8, DType.U16, DType.I16)
                    .flatMap(to -> Stream.of(
                            Example.of(
                                    new QuantizeLinear(),
                                    Example.f32(3, 4).in(-90, 90).notDifferentiable(),
                                    Example.f32().in(0.1, 0.5).notDifferentiable(),
                                    Example.operand(to)),
                            Example.of(
                                    new QuantizeLinear(),
                                    Example.f32(2, 3).in(-9, 9).notDifferentiable(),
                                    Example.f32(2, 1).in(0.1, 0.5).notDifferentiable(),
                                    Example.operand(to, 2, 1))));
        }
    }

    /// (q − zero point) · scale, in the type of the scale. ONNX DequantizeLinear, opset 25.
    record DequantizeLinear() implements Quantization {
        @Override
        public Expr define(List<Expr> args) {
            Expr q = args.get(0).castTo(DType.I32).minus(args.get(2).castTo(DType.I32));
            return real(q).times(real(args.get(1))).castTo(args.get(1).dtype());
        }

        static Stream<Example> examples() {
            return Stream.of(DType.U8, DType.I8, DType.U16, DType.I16, DType.I32)
                    .map(from -> Example.of(
                            new DequantizeLinear(),
                            Example.operand(from, 2, 3),
                            Example.f32(3).in(0.1, 0.5).notDifferentiable(),
                            Example.operand(from, 3)));
        }
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

    private static Expr saturated(Expr x, Expr zeroPoint) {
        DType to = zeroPoint.dtype();
        Expr y = x.apply(UnaryFn.ROUND).plus(real(zeroPoint));
        return y.max(Arithmetic.lowest(to).getDouble(0))
                .min(Arithmetic.highest(to).getDouble(0))
                .castTo(to);
    }
}
