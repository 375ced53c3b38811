package dev.quern.onnx;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ElementwiseOp;
import dev.quern.op.Logic;
import dev.quern.op.Trigonometry;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// An expression as a graph, each function one named operator. What an expression computes in f32 (16-bit
/// floats) is computed in f32 there too, between casts.
final class ExprSpelling {
    private final GraphBuilder g;
    private final List<Value> operands;
    private final List<Value> made = new ArrayList<>();
    private final ExprSpace space;

    private ExprSpelling(GraphBuilder g, List<Value> operands) {
        this.g = g;
        this.operands = operands;
        this.space = new ExprSpace(g, operands);
    }

    /// The result of an element-wise operator.
    static Value spell(ElementwiseOp op, GraphBuilder g, List<Value> operands) {
        return spell(List.of(op.over(operands.stream().map(Value::dtype).toList())), g, operands)
                .getFirst();
    }

    /// The results of expressions over the elements of the operands, which broadcast.
    static List<Value> spell(List<Expr> exprs, GraphBuilder g, List<Value> operands) {
        return new ExprSpelling(g, operands).results(exprs);
    }

    private List<Value> results(List<Expr> exprs) {
        StraightLine line = StraightLine.of(exprs);
        for (StraightLine.Step s : line.steps()) {
            made.add(step(s.expr(), s.operands().stream().map(made::get).toList()));
        }
        List<Value> results = new ArrayList<>();
        for (int i = 0; i < exprs.size(); i++) {
            Value found = made.get(line.results().get(i));
            boolean readsAll = exprs.size() == 1 && line.args().size() == operands.size();
            Value v = readsAll ? found : space.spread(found);
            results.add(cast(v, exprs.get(i).dtype()));
        }
        return results;
    }

    private Value cast(Value v, DType to) {
        return v.dtype() == to ? v : g.apply(new Casting.Cast(to), v);
    }

    private Value step(Expr e, List<Value> in) {
        return switch (e) {
            case Expr.Arg(int index, DType dtype) -> cast(operands.get(index), dtype.computeType());
            case Expr.Const c -> g.constant(literal(c));
            case Expr.Index(int axis) -> space.index(axis);
            case Expr.Unary(UnaryFn fn, Expr ignored) -> unary(fn, in.getFirst());
            case Expr.Binary(BinaryFn fn, Expr ignored, Expr alsoIgnored) -> binary(fn, in.getFirst(), in.getLast());
            case Expr.Select ignored -> g.apply(Logic.WHERE, in.get(0), in.get(1), in.get(2));
            case Expr.Cast(DType to, Expr ignored) -> cast(cast(in.getFirst(), to), to.computeType());
            case Expr.BitCast(DType to, Expr x) ->
                cast(g.apply(new Casting.BitCast(to), cast(in.getFirst(), x.dtype())), to.computeType());
        };
    }

    private static Tensor literal(Expr.Const c) {
        DType type = c.dtype().computeType();
        return type.isFloat() ? Tensor.scalar(type, c.asDouble()) : Tensor.scalar(type, c.bits());
    }

    private Value number(Value like, double value) {
        return g.scalar(like.dtype(), value);
    }

    private Value unary(UnaryFn fn, Value x) {
        return switch (fn) {
            case NEG -> x.dtype().isUnsigned() ? g.apply(Arithmetic.SUB, number(x, 0), x) : g.apply(Arithmetic.NEG, x);
            case ABS -> g.apply(Arithmetic.ABS, x);
            case SIGN -> g.apply(Arithmetic.SIGN, x);
            case SQRT -> g.apply(Arithmetic.SQRT, x);
            case EXP -> g.apply(Arithmetic.EXP, x);
            case EXPM1 -> expm1(x);
            case LOG -> g.apply(Arithmetic.LOG, x);
            case LOG1P -> log1p(x);
            case SIN -> g.apply(Trigonometry.SIN, x);
            case COS -> g.apply(Trigonometry.COS, x);
            case TAN -> g.apply(Trigonometry.TAN, x);
            case ASIN -> g.apply(Trigonometry.ASIN, x);
            case ACOS -> g.apply(Trigonometry.ACOS, x);
            case ATAN -> g.apply(Trigonometry.ATAN, x);
            case SINH -> g.apply(Trigonometry.SINH, x);
            case COSH -> g.apply(Trigonometry.COSH, x);
            case TANH -> g.apply(Activations.TANH, x);
            case ASINH -> g.apply(Trigonometry.ASINH, x);
            case ACOSH -> g.apply(Trigonometry.ACOSH, x);
            case ATANH -> g.apply(Trigonometry.ATANH, x);
            case ERF -> g.apply(Activations.ERF, x);
            case SIGMOID -> g.apply(Activations.SIGMOID, x);
            case SOFTPLUS -> g.apply(Activations.SOFTPLUS, x);
            case FLOOR -> g.apply(Arithmetic.FLOOR, x);
            case CEIL -> g.apply(Arithmetic.CEIL, x);
            case ROUND -> g.apply(Arithmetic.ROUND, x);
            case TRUNC ->
                g.apply(
                        Logic.WHERE,
                        g.apply(Logic.LESS, x, number(x, 0)),
                        g.apply(Arithmetic.CEIL, x),
                        g.apply(Arithmetic.FLOOR, x));
            case NOT -> g.apply(x.dtype() == DType.BOOL ? Logic.NOT : Arithmetic.BITWISE_NOT, x);
            case IS_NAN -> g.apply(Logic.IS_NAN, x);
            case IS_INF -> g.apply(new Logic.IsInf(true, true), x);
            case STOP_GRADIENT -> x;
        };
    }

    /// e^x − 1 = tanh(x/2) · (e^x + 1), which keeps its digits near 0.
    private Value expm1(Value x) {
        Value half = g.apply(Activations.TANH, g.apply(Arithmetic.MUL, x, number(x, 0.5)));
        return g.apply(Arithmetic.MUL, half, g.apply(Arithmetic.ADD, g.apply(Arithmetic.EXP, x), number(x, 1)));
    }

    /// Near 0, log(1 + x) = 2 artanh(x / (2 + x)).
    private Value log1p(Value x) {
        Value ratio = g.apply(Arithmetic.DIV, x, g.apply(Arithmetic.ADD, x, number(x, 2)));
        Value near = g.apply(Arithmetic.MUL, g.apply(Trigonometry.ATANH, ratio), number(x, 2));
        Value far = g.apply(Arithmetic.LOG, g.apply(Arithmetic.ADD, x, number(x, 1)));
        Value isNear = g.apply(Logic.LESS, g.apply(Arithmetic.ABS, x), number(x, 0.5));
        return g.apply(Logic.WHERE, isNear, near, far);
    }

    private Value binary(BinaryFn fn, Value a, Value b) {
        boolean bool = a.dtype() == DType.BOOL;
        return switch (fn) {
            case ADD -> g.apply(Arithmetic.ADD, a, b);
            case SUB -> g.apply(Arithmetic.SUB, a, b);
            case MUL -> g.apply(Arithmetic.MUL, a, b);
            case DIV -> g.apply(Arithmetic.DIV, a, b);
            case MOD -> a.dtype().isFloat() ? floatMod(a, b) : g.apply(new Arithmetic.Mod(false), a, b);
            case REM -> g.apply(new Arithmetic.Mod(true), a, b);
            case POW -> g.apply(Arithmetic.POW, a, b);
            case MIN -> g.apply(bool ? Logic.AND : Arithmetic.MIN, a, b);
            case MAX -> g.apply(bool ? Logic.OR : Arithmetic.MAX, a, b);
            case AND -> g.apply(bool ? Logic.AND : Arithmetic.BITWISE_AND, a, b);
            case OR -> g.apply(bool ? Logic.OR : Arithmetic.BITWISE_OR, a, b);
            case XOR -> g.apply(bool ? Logic.XOR : Arithmetic.BITWISE_XOR, a, b);
            case SHL -> shift(true, a, b);
            case SHR -> shift(false, a, b);
            case ATAN2 -> atan2(a, b);
            case LT -> g.apply(Logic.LESS, ordered(a), ordered(b));
            case LE -> g.apply(Logic.LESS_OR_EQUAL, ordered(a), ordered(b));
            case GT -> g.apply(Logic.GREATER, ordered(a), ordered(b));
            case GE -> g.apply(Logic.GREATER_OR_EQUAL, ordered(a), ordered(b));
            case EQ -> g.apply(Logic.EQUAL, a, b);
            case NE -> g.apply(Logic.NOT, g.apply(Logic.EQUAL, a, b));
        };
    }

    private Value ordered(Value v) {
        return v.dtype() == DType.BOOL ? cast(v, DType.I32) : v;
    }

    /// The remainder with the sign of the divisor, from the one with the sign of the dividend.
    private Value floatMod(Value a, Value b) {
        Value r = g.apply(new Arithmetic.Mod(true), a, b);
        Value zero = number(a, 0);
        Value signs = g.apply(Logic.XOR, g.apply(Logic.LESS, r, zero), g.apply(Logic.LESS, b, zero));
        Value wrong = g.apply(Logic.AND, signs, g.apply(Logic.NOT, g.apply(Logic.EQUAL, r, zero)));
        return g.apply(Logic.WHERE, wrong, g.apply(Arithmetic.ADD, r, b), r);
    }

    /// ONNX shifts unsigned integers only.
    private Value shift(boolean left, Value a, Value b) {
        DType type = a.dtype();
        DType unsigned = switch (type) {
            case I8 -> DType.U8;
            case I16 -> DType.U16;
            case I32 -> DType.U32;
            case I64 -> DType.U64;
            default -> type;
        };
        return cast(g.apply(new Arithmetic.BitShift(left), cast(a, unsigned), cast(b, unsigned)), type);
    }

    /// The angle of (b, a), from the one in the right half plane.
    private Value atan2(Value a, Value b) {
        Value zero = number(a, 0);
        Value right = g.apply(Trigonometry.ATAN, g.apply(Arithmetic.DIV, a, b));
        Value turn = g.apply(Logic.WHERE, g.apply(Logic.LESS, a, zero), number(a, -Math.PI), number(a, Math.PI));
        Value left = g.apply(Arithmetic.ADD, right, turn);
        Value atOrigin = g.apply(Arithmetic.MUL, g.apply(Arithmetic.SIGN, a), number(a, Math.PI / 2));
        Value off = g.apply(Logic.WHERE, g.apply(Logic.LESS, b, zero), left, right);
        return g.apply(Logic.WHERE, g.apply(Logic.EQUAL, b, zero), atOrigin, off);
    }

    /// The space that expressions run over: the operands' shapes, broadcast.
    private static final class ExprSpace {
        private final GraphBuilder g;
        private final List<Value> operands;
        private final Shape shape;

        ExprSpace(GraphBuilder g, List<Value> operands) {
            this.g = g;
            this.operands = operands;
            this.shape = operands.stream().map(Value::shape).reduce(Shape.SCALAR, Shape::broadcast);
        }

        /// The value, broadcast to the whole space if it is not known to fill it.
        Value spread(Value v) {
            if (v.shape().equals(shape) && (shape.isConcrete() || readsAll(v))) {
                return v;
            }
            return g.apply(new dev.quern.op.Arranging.Expand(), v, extents());
        }

        /// Whether two operands of unknown extents cannot differ, so that one result stands for all.
        private boolean readsAll(Value v) {
            return shape.isRanked()
                    && shape.dims().stream().noneMatch(d -> d instanceof dev.quern.tensor.Dim.Unknown)
                    && v.shape().isRanked();
        }

        private Value extents() {
            return ShapeWords.extents(g, whole());
        }

        /// A value with the shape of the space.
        private Value whole() {
            for (Value v : operands) {
                if (operands.size() == 1 || (v.shape().equals(shape) && readsAll(v))) {
                    return v;
                }
            }
            Value all = g.apply(new Casting.Cast(DType.F32), operands.getFirst());
            for (Value v : operands.subList(1, operands.size())) {
                Value next = g.apply(new Casting.Cast(DType.F32), v);
                all = g.apply(new Casting.Cast(DType.F32), g.apply(Logic.EQUAL, all, next));
            }
            return all;
        }

        Value index(int axis) {
            Value extents = extents();
            if (axis == Expr.Index.LINEAR) {
                Value flat = ShapeWords.iota(g, ShapeWords.product(g, extents));
                return g.apply(new dev.quern.op.Shaping.Reshape(true), flat, extents);
            }
            return ShapeWords.along(g, ShapeWords.iota(g, ShapeWords.at(g, extents, axis)), axis, shape.rank());
        }
    }
}
