package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.UnaryFn;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/// Expressions as C statements, every distinct part once. The rounding is that of
/// [STRICT][dev.quern.expr.Rounding#STRICT].
final class Scalars {
    /// The end of a call that can fail.
    static final String FAILS = ", status, step)";

    private Scalars() {}

    /// What expressions read.
    interface Operands {
        /// The value of argument `index`, in the type that it is computed in.
        String arg(int index, DType dtype);

        /// The position along `axis`, or the linear one.
        String position(int axis);

        /// These values, of expressions that read no position.
        static Operands arguments(List<String> values) {
            return at(List.of(), List.of(), values::get);
        }

        /// @param arguments by index
        static Operands at(List<String> at, List<String> extents, IntFunction<String> arguments) {
            return new Operands() {
                @Override
                public String arg(int index, DType ignored) {
                    return arguments.apply(index);
                }

                @Override
                public String position(int axis) {
                    return axis == Expr.Index.LINEAR ? KernelText.linear(at, extents) : at.get(axis);
                }
            };
        }
    }

    /// Writes statements that compute `exprs`.
    ///
    /// @return the variables that hold the results
    static List<String> write(KernelText text, List<Expr> exprs, Operands in) {
        StraightLine line = StraightLine.of(exprs);
        List<String> names = new ArrayList<>();
        for (StraightLine.Step step : line.steps()) {
            List<String> operands = step.operands().stream().map(names::get).toList();
            String name = text.fresh("t");
            text.line("%s %s = %s;", CTypes.computed(step.expr().dtype()), name, value(step.expr(), operands, in));
            names.add(name);
        }
        return line.results().stream().map(names::get).toList();
    }

    private static String value(Expr expr, List<String> x, Operands in) {
        return switch (expr) {
            case Expr.Arg(int index, DType dtype) -> in.arg(index, dtype);
            case Expr.Const c ->
                c.dtype().isFloat() ? CTypes.literal(c.dtype(), c.asDouble()) : CTypes.literal(c.dtype(), c.bits());
            case Expr.Index(int axis) -> "((i64) (" + in.position(axis) + "))";
            case Expr.Unary(UnaryFn fn, Expr of) ->
                of.dtype().isFloat()
                        ? unary(fn, of.dtype() == DType.F64, x.getFirst())
                        : integer(fn, of.dtype(), x.getFirst());
            case Expr.Binary(BinaryFn fn, Expr of, Expr ignored) ->
                of.dtype().isFloat()
                        ? binary(fn, of.dtype() == DType.F64, x.getFirst(), x.get(1))
                        : integer(fn, of.dtype(), x.getFirst(), x.get(1));
            case Expr.Select ignored -> x.getFirst() + " ? " + x.get(1) + " : " + x.get(2);
            case Expr.Cast(DType to, Expr of) -> cast(of.dtype(), to, x.getFirst());
            case Expr.BitCast(DType to, Expr of) -> bitCast(of.dtype(), to, x.getFirst());
        };
    }

    private static String unary(UnaryFn fn, boolean isDouble, String x) {
        String c = fn.name().toLowerCase(Locale.ROOT);
        return switch (fn) {
            case NEG -> "-" + x;
            case ABS -> "fabs(" + x + ")";
            case SQRT, FLOOR, CEIL, TRUNC -> c + "(" + x + ")";
            case ROUND -> "rint(" + x + ")";
            case EXP, EXPM1, LOG, LOG1P, SIN, COS, TANH, ERF -> (isDouble ? c : "q_" + c) + "(" + x + ")";
            case SIGN, SIGMOID, SOFTPLUS -> "q_" + c + (isDouble ? "_d(" : "(") + x + ")";
            case TAN, ASIN, ACOS, ATAN, SINH, COSH, ASINH, ACOSH, ATANH ->
                isDouble ? c + "(" + x + ")" : "(float) " + c + "((WIDE) " + x + ")";
            case IS_NAN -> x + " != " + x;
            case IS_INF -> "fabs(" + x + ") == " + CTypes.literal(isDouble ? DType.F64 : DType.F32, 1.0 / 0);
            case STOP_GRADIENT -> x;
            case NOT -> throw new IllegalArgumentException(fn + " is not defined for floats");
        };
    }

    static String binary(BinaryFn fn, boolean isDouble, String a, String b) {
        String d = isDouble ? "_d(" : "(";
        return switch (fn) {
            case ADD, SUB, MUL, DIV, LT, LE, GT, GE, EQ, NE -> a + " " + sign(fn) + " " + b;
            case MOD, REM, POW, MIN, MAX -> "q_" + fn.name().toLowerCase(Locale.ROOT) + d + a + ", " + b + ")";
            case ATAN2 ->
                isDouble ? "atan2(" + a + ", " + b + ")" : "(float) atan2((WIDE) " + a + ", (WIDE) " + b + ")";
            case AND, OR, XOR, SHL, SHR -> throw new IllegalArgumentException(fn + " is not defined for floats");
        };
    }

    /// What a fold over elements of a type makes of two of them.
    static String combined(BinaryFn fn, DType computed, String a, String b) {
        return computed.isFloat()
                ? binary(fn, computed == DType.F64, a, b)
                : computed == DType.BOOL && (fn == BinaryFn.MIN || fn == BinaryFn.MAX)
                        ? "(" + a + (fn == BinaryFn.MIN ? " & " : " | ") + b + ")"
                        : integer(fn, computed, a, b);
    }

    private static String sign(BinaryFn fn) {
        return switch (fn) {
            case ADD -> "+";
            case SUB -> "-";
            case MUL -> "*";
            case DIV -> "/";
            case AND -> "&";
            case OR -> "|";
            case XOR -> "^";
            case LT -> "<";
            case LE -> "<=";
            case GT -> ">";
            case GE -> ">=";
            case EQ -> "==";
            case NE -> "!=";
            case MOD, REM, POW, MIN, MAX, SHL, SHR, ATAN2 -> throw new IllegalArgumentException(fn + " has no sign");
        };
    }

    private static String integer(UnaryFn fn, DType type, String x) {
        return switch (fn) {
            case NEG -> wrap(type, "(i64) (0 - (u64) " + x + ")");
            case ABS -> type.isUnsigned() ? x : wrap(type, x + " < 0 ? (i64) (0 - (u64) " + x + ") : " + x);
            case SIGN -> type.isUnsigned() ? "(i64) (" + x + " != 0)" : "(i64) (" + x + " > 0) - (i64) (" + x + " < 0)";
            case NOT -> type == DType.BOOL ? "1 - " + x : wrap(type, "~" + x);
            case STOP_GRADIENT -> x;
            default -> throw new IllegalArgumentException(fn + " is not defined for integers");
        };
    }

    static String integer(BinaryFn fn, DType type, String a, String b) {
        String kind = type == DType.U64 ? "_u(" : "_s(";
        String name = "q_" + fn.name().toLowerCase(Locale.ROOT);
        String ua = type == DType.U64 ? "(u64) " + a : a;
        String ub = type == DType.U64 ? "(u64) " + b : b;
        return switch (fn) {
            case ADD, SUB, MUL -> wrap(type, "(i64) ((u64) " + a + " " + sign(fn) + " (u64) " + b + ")");
            case DIV, REM -> wrap(type, name + kind + a + ", " + b + FAILS);
            case MOD -> wrap(type, (type == DType.U64 ? "q_rem_u(" : "q_mod_s(") + a + ", " + b + FAILS);
            case POW ->
                wrap(type, type == DType.U64 ? "power_of(" + a + ", " + b + ")" : "q_pow_s(" + a + ", " + b + FAILS);
            case MIN -> "(" + ua + " <= " + ub + " ? " + a + " : " + b + ")";
            case MAX -> "(" + ua + " >= " + ub + " ? " + a + " : " + b + ")";
            case AND, OR, XOR -> "(" + a + " " + sign(fn) + " " + b + ")";
            case SHL, SHR -> wrap(type, name + "(" + a + ", " + b + ", " + type.bits() + ")");
            case LT, LE, GT, GE -> "(" + ua + " " + sign(fn) + " " + ub + ")";
            case EQ, NE -> "(" + a + " " + sign(fn) + " " + b + ")";
            case ATAN2 -> throw new IllegalArgumentException(fn + " is not defined for integers");
        };
    }

    static String wrap(DType type, String x) {
        return type == DType.BOOL ? "((" + x + ") != 0)" : "wrap_" + type + "(" + x + ")";
    }

    /// The value `x` of type `from` as one of type `to`.
    static String cast(DType from, DType to, String x) {
        if (to == DType.BOOL) {
            return "(" + x + " != 0)";
        }
        if (from.isFloat() && to.isFloat()) {
            return switch (to) {
                case F64 -> "(double) " + x;
                case F32 -> "(float) " + x;
                default -> "round_" + to + (from == DType.F64 ? "(odd_of_f64(" + x + "))" : "(" + x + ")");
            };
        }
        if (from.isFloat()) {
            String c = from == DType.F64 ? "double(" : "float(";
            return switch (to) {
                case I64 -> "i64_of_" + c + x + ")";
                case U32 -> "wrap_u32(i64_of_" + c + x + "))";
                case U64 -> "u64_of_" + c + x + ")";
                default -> wrap(to, "i32_of_" + c + x + ")");
            };
        }
        if (to.isFloat()) {
            String kind = from == DType.U64 ? "u64(" : "s64(";
            String exact = (to == DType.F64 ? "f64_of_" : "f32_of_") + kind + x + ")";
            return to == DType.F16 || to == DType.BF16 ? "round_" + to + "(" + exact + ")" : exact;
        }
        return wrap(to, "(i64) " + x);
    }

    private static String bitCast(DType from, DType to, String x) {
        String bits = switch (from) {
            case F32 -> "(i64) BITS_OF_F32(" + x + ")";
            case F64 -> "BITS_OF_F64(" + x + ")";
            case F16, BF16 -> "(i64) " + from + "_of_f32(" + x + ")";
            default -> "(i64) " + x;
        };
        return switch (to) {
            case F32 -> "F32_OF_BITS((i32) (" + bits + "))";
            case F64 -> "F64_OF_BITS(" + bits + ")";
            case F16, BF16 -> "f32_of_" + to + "((u16) (" + bits + "))";
            default -> wrap(to, bits);
        };
    }
}
