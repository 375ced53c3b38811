package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Truth values, comparisons and choice: ONNX's operators of the same names, with multidirectional broadcasting.
public sealed interface Logic extends ElementwiseOp {

    /// ONNX And, opset 7.
    Elementwise AND = Elementwise.of("And", (x, y) -> bool(x).and(y));
    /// ONNX Or, opset 7.
    Elementwise OR = Elementwise.of("Or", (x, y) -> bool(x).or(y));
    /// ONNX Xor, opset 7.
    Elementwise XOR = Elementwise.of("Xor", (x, y) -> bool(x).apply(BinaryFn.XOR, y));
    /// ONNX Not, opset 1.
    Elementwise NOT = Elementwise.of("Not", x -> bool(x).not());
    /// ONNX Equal, opset 19; for strings see [Strings.EqualStrings].
    Elementwise EQUAL = Elementwise.of("Equal", (Expr x, Expr y) -> x.eq(y));
    /// ONNX Less, opset 13.
    Elementwise LESS = Elementwise.of("Less", (Expr x, Expr y) -> x.lt(y));
    /// ONNX LessOrEqual, opset 16.
    Elementwise LESS_OR_EQUAL = Elementwise.of("LessOrEqual", (Expr x, Expr y) -> x.le(y));
    /// ONNX Greater, opset 13.
    Elementwise GREATER = Elementwise.of("Greater", (Expr x, Expr y) -> x.gt(y));
    /// ONNX GreaterOrEqual, opset 16.
    Elementwise GREATER_OR_EQUAL = Elementwise.of("GreaterOrEqual", (Expr x, Expr y) -> x.ge(y));
    /// Operand 1 where the condition, operand 0, holds, else operand 2. ONNX Where, opset 16.
    Elementwise WHERE = Elementwise.of("Where", 3, a -> Expr.select(a.get(0), a.get(1), a.get(2)));
    /// ONNX IsNaN, opset 20.
    Elementwise IS_NAN = Elementwise.of("IsNaN", x -> x.apply(UnaryFn.IS_NAN));

    /// Whether x is an infinity of a sign that is asked for. ONNX IsInf, opset 20.
    record IsInf(boolean negative, boolean positive) implements Logic {
        @Override
        public int arity() {
            return 1;
        }

        @Override
        public Expr define(List<Expr> args) {
            Expr x = args.getFirst();
            Expr infinite = x.apply(UnaryFn.IS_INF);
            if (negative && positive) {
                return infinite;
            }
            Expr sign = negative ? x.lt(0) : positive ? x.gt(0) : Expr.constant(DType.BOOL, 0L);
            return infinite.and(sign);
        }
    }

    private static Expr bool(Expr x) {
        if (x.dtype() != DType.BOOL) {
            throw new ShapeException("operands must be bool, not " + x.dtype());
        }
        return x;
    }

    static Stream<Example> examples() {
        Example.Operand bools = Example.operand(DType.BOOL, 3, 4);
        float inf = Float.POSITIVE_INFINITY;
        Example.Operand odd = Example.fixed(Tensor.of(new float[] {0, Float.NaN, inf, -inf, 3e38f, -0f}, 6))
                .notDifferentiable();
        Stream<Example> logical =
                Stream.of(AND, OR, XOR).map(op -> Example.of(op, bools, Example.operand(DType.BOOL, 4)));
        Stream<Example> comparisons = Stream.of(EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL)
                .flatMap(op -> Stream.of(
                        Example.of(op, Example.operand(DType.I32, 2, 9), Example.operand(DType.I32, 9)),
                        Example.of(op, Example.operand(DType.U64, 9), Example.operand(DType.U64)),
                        Example.of(op, odd, Example.f32())));
        Stream<Example> rest = Stream.of(
                Example.of(NOT, bools),
                Example.of(EQUAL, bools, Example.operand(DType.BOOL)),
                Example.of(WHERE, bools, Example.f32(4), Example.f32(3, 1)),
                Example.of(
                        WHERE,
                        Example.operand(DType.BOOL),
                        Example.operand(DType.I64, 5),
                        Example.operand(DType.I64, 5)),
                Example.of(IS_NAN, odd),
                Example.of(new IsInf(true, true), odd),
                Example.of(new IsInf(true, false), odd),
                Example.of(new IsInf(false, true), odd),
                Example.of(new IsInf(false, false), odd));
        return Stream.of(logical, comparisons, rest).flatMap(s -> s);
    }
}
