package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Changes to floats of 8 bits with a say in what happens out of range. [Casting.Cast] is what ONNX calls a cast
/// without saturation.
public sealed interface Narrowing extends ElementwiseOp {

    @Override
    default int arity() {
        return 1;
    }

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    /// Each element as the nearest value of type `to`; the highest or lowest finite one for what lies past it,
    /// infinities included; NaN stays NaN. ONNX Cast with saturate = 1 to a float of 8 bits, opset 25.
    record Saturated(DType to) implements Narrowing {
        @Override
        public Expr define(List<Expr> args) {
            return of(args.getFirst(), to);
        }

        static Expr of(Expr x, DType to) {
            Expr real = x.dtype().isFloat() ? x : x.castTo(DType.F32);
            double highest = Conversion.highest(to);
            return real.min(highest).max(-highest).castTo(to);
        }
    }

    /// Each element as a power of two, in `f8e8m0`. The sign is not looked at. ONNX Cast to FLOAT8E8M0, opset 25.
    ///
    /// @param direction which power of two stands for a number between two of them
    /// @param saturate whether what is out of range, 0 and infinity included, becomes the lowest or highest
    /// power of two; else it becomes NaN
    record ToPowerOfTwo(Direction direction, boolean saturate) implements Narrowing {

        /// Where numbers that are no power of two go.
        public enum Direction {
            UP,
            DOWN,
            /// To the nearer one, ties up.
            NEAREST
        }

        private static final int MANTISSA_BITS = 52;
        private static final int REBIAS = 1023 - 127;
        private static final int HIGHEST = 0xFE;
        private static final int NAN = 0xFF;

        @Override
        public Expr define(List<Expr> args) {
            // in f64 every power of two in question is a normal number, so its exponent is there to be read
            Expr x = args.getFirst().castTo(DType.F64);
            Expr bits = new Expr.BitCast(DType.I64, x.abs());
            long carry = switch (direction) {
                case UP -> (1L << MANTISSA_BITS) - 1;
                case DOWN -> 0;
                case NEAREST -> 1L << (MANTISSA_BITS - 1);
            };
            Expr exponent = bits.plus(Expr.constant(DType.I64, carry))
                    .apply(BinaryFn.SHR, Expr.constant(DType.I64, MANTISSA_BITS))
                    .minus(REBIAS);
            Expr inRange = exponent.max(0).min(HIGHEST);
            Expr code = saturate ? inRange : Expr.select(exponent.eq(inRange), inRange, exponent.like(NAN));
            Expr checked = Expr.select(x.apply(UnaryFn.IS_NAN), exponent.like(NAN), code);
            return new Expr.BitCast(DType.F8E8M0, checked.castTo(DType.U8));
        }
    }

    static Stream<Example> examples() {
        Example.Operand odd = Example.fixed(Tensor.of(
                        new float[] {
                            0,
                            -0.0f,
                            1,
                            1.4f,
                            -1.5f,
                            3,
                            464,
                            -465,
                            61440,
                            1e30f,
                            1e-39f,
                            6e-39f,
                            0x1.8p127f,
                            0x1.9p127f,
                            Float.NaN,
                            Float.POSITIVE_INFINITY
                        },
                        16))
                .notDifferentiable();
        Stream<Example> saturated = Stream.of(DType.F8E4M3FN, DType.F8E4M3FNUZ, DType.F8E5M2, DType.F8E5M2FNUZ)
                .flatMap(to -> Stream.of(
                        Example.of(new Saturated(to), odd),
                        Example.of(
                                new Saturated(to),
                                Example.operand(DType.I32, 3, 3).in(-70000, 70000)),
                        Example.of(
                                new Saturated(to),
                                Example.operand(DType.F16, 4, 3).notDifferentiable())));
        Stream<Example> powers = Stream.of(ToPowerOfTwo.Direction.values())
                .flatMap(d -> Stream.of(
                        Example.of(new ToPowerOfTwo(d, true), odd), Example.of(new ToPowerOfTwo(d, false), odd)));
        return Stream.concat(saturated, powers);
    }
}
