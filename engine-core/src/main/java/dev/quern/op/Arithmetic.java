package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Element-wise arithmetic: ONNX's operators of the same names, with multidirectional broadcasting.
///
/// Integers wrap, divide toward zero, and fail the run on division by zero. ONNX's variadic operators (Sum,
/// Mean, Min, Max) are chains of these, which become one kernel.
public sealed interface Arithmetic extends ElementwiseOp {

    /// ONNX Add, opset 14.
    Elementwise ADD = Elementwise.of("Add", (Expr x, Expr y) -> x.plus(y)).withWeights(0, 1);
    /// ONNX Sub, opset 14.
    Elementwise SUB = Elementwise.of("Sub", (Expr x, Expr y) -> x.minus(y)).withWeights(1);
    /// ONNX Mul, opset 14.
    Elementwise MUL = Elementwise.of("Mul", (Expr x, Expr y) -> x.times(y)).withWeights(0, 1);
    /// ONNX Div, opset 14.
    Elementwise DIV = Elementwise.of("Div", (Expr x, Expr y) -> x.dividedBy(y));
    /// ONNX Pow, opset 15. The exponent may have another type than the base, whose type the result has.
    Elementwise POW = Elementwise.of("Pow", Arithmetic::power);
    /// The smaller of two; NaN if either is. ONNX Min, opset 13, for two operands.
    Elementwise MIN = Elementwise.of("Min", (Expr x, Expr y) -> x.min(y));
    /// The larger of two; NaN if either is. ONNX Max, opset 13, for two operands.
    Elementwise MAX = Elementwise.of("Max", (Expr x, Expr y) -> x.max(y));
    /// min(max(x, low), high); inside and at the bounds the gradient is that of x. ONNX Clip, opset 13, with both
    /// bounds; [#lowest] and [#highest] stand for missing ones.
    Elementwise CLIP = Elementwise.of("Clip", 3, a -> clip(a.get(0), a.get(1), a.get(2)));
    /// ONNX Neg, opset 13.
    Elementwise NEG = Elementwise.of("Neg", Expr::negate);
    /// ONNX Abs, opset 13; the gradient at 0 is 0.
    Elementwise ABS = Elementwise.of("Abs", Expr::abs);
    /// ONNX Sign, opset 13.
    Elementwise SIGN = Elementwise.of("Sign", x -> x.apply(UnaryFn.SIGN));
    /// ONNX Sqrt, opset 13.
    Elementwise SQRT = Elementwise.of("Sqrt", Expr::sqrt);
    /// ONNX Exp, opset 13.
    Elementwise EXP = Elementwise.of("Exp", Expr::exp);
    /// ONNX Log, opset 13.
    Elementwise LOG = Elementwise.of("Log", Expr::log);
    /// ONNX Reciprocal, opset 13.
    Elementwise RECIPROCAL = Elementwise.of("Reciprocal", x -> x.like(1).dividedBy(x));
    /// ONNX Floor, opset 13.
    Elementwise FLOOR = Elementwise.of("Floor", x -> x.apply(UnaryFn.FLOOR));
    /// ONNX Ceil, opset 13.
    Elementwise CEIL = Elementwise.of("Ceil", x -> x.apply(UnaryFn.CEIL));
    /// To nearest, ties to even. ONNX Round, opset 22.
    Elementwise ROUND = Elementwise.of("Round", x -> x.apply(UnaryFn.ROUND));
    /// ONNX BitwiseAnd, opset 18.
    Elementwise BITWISE_AND = Elementwise.of("BitwiseAnd", (x, y) -> bits(x).and(y));
    /// ONNX BitwiseOr, opset 18.
    Elementwise BITWISE_OR = Elementwise.of("BitwiseOr", (x, y) -> bits(x).or(y));
    /// ONNX BitwiseXor, opset 18.
    Elementwise BITWISE_XOR = Elementwise.of("BitwiseXor", (x, y) -> bits(x).apply(BinaryFn.XOR, y));
    /// ONNX BitwiseNot, opset 18.
    Elementwise BITWISE_NOT = Elementwise.of("BitwiseNot", x -> bits(x).not());

    /// The remainder, with the sign of the divisor, or with that of the dividend where `fmod`. ONNX Mod, opset
    /// 28.
    record Mod(boolean fmod) implements Arithmetic {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Expr define(List<Expr> args) {
            return args.get(0).apply(fmod ? BinaryFn.REM : BinaryFn.MOD, args.get(1));
        }
    }

    /// Shifts the bits of operand 0 by operand 1; to the right, the sign fills the places of signed types. A
    /// distance that is negative or not below the width shifts everything out. ONNX BitShift, opset 28.
    record BitShift(boolean left) implements Arithmetic {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Expr define(List<Expr> args) {
            Expr x = bits(args.get(0));
            Expr distance = args.get(1);
            if (left) {
                return x.apply(BinaryFn.SHL, distance);
            }
            Expr zerosIn = x.apply(BinaryFn.SHR, distance);
            if (!x.dtype().isSigned()) {
                return zerosIn;
            }
            return Expr.select(x.lt(0), x.not().apply(BinaryFn.SHR, distance).not(), zerosIn);
        }
    }

    /// The lowest finite number of a type, as a scalar.
    static Tensor lowest(DType dtype) {
        return switch (dtype.kind()) {
            case FLOAT -> Tensor.scalar(dtype, -Conversion.highest(dtype));
            case SIGNED -> Tensor.scalar(dtype, -1L << (dtype.bits() - 1));
            case UNSIGNED, BOOL -> Tensor.scalar(dtype, 0);
            case STRING, COMPLEX -> throw new ShapeException(dtype + " has no lowest number");
        };
    }

    /// The highest finite number of a type, as a scalar.
    static Tensor highest(DType dtype) {
        return switch (dtype.kind()) {
            case FLOAT -> Tensor.scalar(dtype, Conversion.highest(dtype));
            case SIGNED -> Tensor.scalar(dtype, -1L >>> (65 - dtype.bits()));
            case UNSIGNED -> Tensor.scalar(dtype, -1L);
            case BOOL -> Tensor.scalar(dtype, 1);
            case STRING, COMPLEX -> throw new ShapeException(dtype + " has no highest number");
        };
    }

    private static Expr power(Expr base, Expr exponent) {
        DType type = base.dtype();
        if (type.isInteger() && exponent.dtype().isFloat()) {
            return base.castTo(DType.F64).pow(exponent.castTo(DType.F64)).castTo(type);
        }
        if (exponent.dtype().isFloat() && exponent.dtype().bits() > type.bits()) {
            return base.castTo(exponent.dtype()).pow(exponent).castTo(type);
        }
        return base.pow(exponent.castTo(type));
    }

    private static Expr clip(Expr x, Expr low, Expr high) {
        Expr raised = Expr.select(x.lt(low), low, x);
        return Expr.select(raised.gt(high), high, raised);
    }

    private static Expr bits(Expr x) {
        if (!x.dtype().isInteger()) {
            throw new ShapeException("operand 0 must be an integer tensor, not one of " + x.dtype());
        }
        return x;
    }

    static Stream<Example> examples() {
        return Stream.of(floats(), integers(), bitwise()).flatMap(s -> s);
    }

    private static Stream<Example> floats() {
        return Stream.of(
                Example.of(ADD, Example.f32(2, 3, 5), Example.f32(3, 1)),
                Example.of(ADD, Example.f32(0, 3), Example.f32(3)),
                Example.of(ADD, Example.operand(DType.F16, 17), Example.operand(DType.F16)),
                Example.of(SUB, Example.f32(7), Example.f32(2, 7)),
                Example.of(MUL, Example.f32(1, 4), Example.f32(3, 1)),
                Example.of(MUL, Example.operand(DType.BF16, 3, 3), Example.operand(DType.BF16, 3)),
                Example.of(DIV, Example.f32(3, 4), Example.f32(4).in(0.5, 3)),
                Example.of(POW, Example.f32(3, 4).in(0.2, 3), Example.f32(4)),
                Example.of(
                        POW,
                        Example.f32(5).in(-2, 2),
                        Example.operand(DType.I64, 5).in(0, 4)),
                Example.of(
                        POW,
                        Example.operand(DType.I32, 4).in(1, 5),
                        Example.f32(4).in(0, 3)),
                Example.of(
                        POW,
                        Example.f32(6),
                        Example.fixed(Tensor.scalar(DType.F32, 2)).asConstant().notDifferentiable()),
                Example.of(MIN, Example.f32(3, 5), Example.f32(5)),
                Example.of(MAX, Example.f32(3, 5), Example.f32()),
                Example.of(
                        CLIP,
                        Example.f32(4, 5),
                        Example.f32().in(-1, -0.5),
                        Example.f32().in(0.5, 1)),
                Example.of(NEG, Example.f32(3)),
                Example.of(ABS, Example.f32(9)),
                Example.of(SIGN, Example.f32(9)),
                Example.of(SQRT, Example.f32(9).in(0.1, 9)),
                Example.of(EXP, Example.f32(2, 17)),
                Example.of(LOG, Example.f32(17).in(0.05, 20)),
                Example.of(RECIPROCAL, Example.f32(5).in(0.3, 4)),
                Example.of(FLOOR, Example.f32(9)),
                Example.of(CEIL, Example.f32(9)),
                Example.of(
                        ROUND,
                        Example.fixed(Tensor.of(new float[] {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 0.49999997f}, 6))
                                .notDifferentiable()),
                Example.of(new Mod(false), Example.f32(8), Example.f32(8).in(0.5, 1.5)),
                Example.of(new Mod(true), Example.f32(8), Example.f32(8).in(0.5, 1.5)));
    }

    private static Stream<Example> integers() {
        return Stream.of(
                Example.of(
                        ADD,
                        Example.operand(DType.U8, 5).in(0, 256),
                        Example.operand(DType.U8, 5).in(0, 256)),
                Example.of(
                        DIV,
                        Example.operand(DType.I32, 9),
                        Example.operand(DType.I32, 9).in(1, 4)),
                Example.of(
                        POW,
                        Example.operand(DType.I64, 4),
                        Example.operand(DType.I64, 4).in(0, 5)),
                Example.of(MIN, Example.operand(DType.U64, 4), Example.operand(DType.U64, 4)),
                Example.of(
                        CLIP, Example.operand(DType.I8, 6), Example.fixed(lowest(DType.I8)), Example.operand(DType.I8)),
                Example.of(NEG, Example.operand(DType.I8, 4)),
                Example.of(ABS, Example.operand(DType.I64, 4)),
                Example.of(SIGN, Example.operand(DType.I32, 4)),
                Example.of(
                        new Mod(false),
                        Example.operand(DType.I32, 9),
                        Example.operand(DType.I32, 9).in(-4, 0)),
                Example.of(
                        new Mod(true),
                        Example.operand(DType.I32, 9),
                        Example.operand(DType.I32, 9).in(1, 5)));
    }

    private static Stream<Example> bitwise() {
        return Stream.of(
                Example.of(BITWISE_AND, Example.operand(DType.U8, 5), Example.operand(DType.U8, 5)),
                Example.of(BITWISE_OR, Example.operand(DType.I32, 2, 3), Example.operand(DType.I32, 3)),
                Example.of(BITWISE_XOR, Example.operand(DType.I64, 5), Example.operand(DType.I64, 5)),
                Example.of(BITWISE_NOT, Example.operand(DType.U16, 5)),
                Example.of(
                        new BitShift(true),
                        Example.operand(DType.U8, 9),
                        Example.operand(DType.U8, 9).in(0, 10)),
                Example.of(new BitShift(false), Example.operand(DType.U32, 9), Example.operand(DType.U32, 9)),
                Example.of(new BitShift(false), Example.operand(DType.I32, 9), Example.operand(DType.I32, 9)));
    }
}
