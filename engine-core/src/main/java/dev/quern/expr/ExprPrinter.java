package dev.quern.expr;

import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Expressions as text: `x0 * sigmoid(x0)`.
///
/// Operand `i` is `xi`, the position along axis `i` is `ii`, the row-major position `linear`. Where shared parts
/// would make the text long they get names: `t0 = exp(x0); t0 / (t0 + 1)`.
public final class ExprPrinter {
    private static final int TREE_LIMIT = 40;
    private static final int ATOM = 10;
    private static final int PREFIX = 9;

    private ExprPrinter() {}

    /// A piece of text and how tightly it binds.
    private record Piece(String text, int level) {
        String within(int outer) {
            return level < outer ? "(" + text + ")" : text;
        }
    }

    public static String text(Expr expr) {
        List<StraightLine.Step> steps = StraightLine.of(expr).steps();
        int[] uses = new int[steps.size()];
        steps.forEach(s -> s.operands().forEach(o -> uses[o]++));
        boolean named = treeSize(steps) > TREE_LIMIT;
        List<String> names = new ArrayList<>();
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < uses.length; i++) {
            StraightLine.Step step = steps.get(i);
            Piece piece =
                    piece(step.expr(), step.operands().stream().map(pieces::get).toList());
            if (named && uses[i] > 1 && !step.operands().isEmpty()) {
                String name = "t" + names.size();
                names.add(name + " = " + piece.text() + "; ");
                piece = new Piece(name, ATOM);
            }
            pieces.add(piece);
        }
        return String.join("", names) + pieces.getLast().text();
    }

    private static long treeSize(List<StraightLine.Step> steps) {
        long[] size = new long[steps.size()];
        for (int i = 0; i < size.length; i++) {
            long sum = 1;
            for (int operand : steps.get(i).operands()) {
                sum = Math.min(sum + size[operand], Integer.MAX_VALUE);
            }
            size[i] = sum;
        }
        return size[size.length - 1];
    }

    private static Piece piece(Expr expr, List<Piece> of) {
        return switch (expr) {
            case Expr.Arg(int index, DType ignored) -> new Piece("x" + index, ATOM);
            case Expr.Const constant -> constant(constant);
            case Expr.Index(int axis) -> new Piece(axis == Expr.Index.LINEAR ? "linear" : "i" + axis, ATOM);
            case Expr.Unary(UnaryFn fn, Expr ignored) -> unary(fn, of.getFirst());
            case Expr.Binary(BinaryFn fn, Expr ignored, Expr alsoIgnored) -> binary(fn, of.getFirst(), of.getLast());
            case Expr.Select ignored ->
                new Piece(
                        of.getFirst().within(1) + " ? " + of.get(1).within(1) + " : "
                                + of.getLast().within(0),
                        0);
            case Expr.Cast(DType to, Expr ignored) -> call(to.toString(), of);
            case Expr.BitCast(DType to, Expr ignored) -> call("bits_" + to, of);
        };
    }

    private static Piece constant(Expr.Const constant) {
        DType type = constant.dtype();
        String text;
        if (type.isFloat()) {
            double value = constant.asDouble();
            boolean whole = value == Math.rint(value) && Math.abs(value) < 1e6;
            text = whole
                    ? (constant.is(-0.0) ? "-0" : String.valueOf((long) value))
                    : type == DType.F64 ? String.valueOf(value) : String.valueOf((float) value);
        } else if (type == DType.BOOL) {
            text = String.valueOf(constant.bits() != 0);
        } else {
            text = type == DType.U64 ? Long.toUnsignedString(constant.bits()) : String.valueOf(constant.bits());
        }
        return new Piece(text, text.startsWith("-") ? PREFIX : ATOM);
    }

    private static Piece unary(UnaryFn fn, Piece x) {
        return switch (fn) {
            case NEG -> new Piece("-" + x.within(ATOM), PREFIX);
            case NOT -> new Piece("~" + x.within(ATOM), PREFIX);
            default -> call(fn.name().toLowerCase(Locale.ROOT), List.of(x));
        };
    }

    private static Piece binary(BinaryFn fn, Piece a, Piece b) {
        return switch (fn) {
            case OR -> infix(a, "|", b, 1);
            case XOR -> infix(a, "^", b, 2);
            case AND -> infix(a, "&", b, 3);
            case EQ -> infix(a, "==", b, 4);
            case NE -> infix(a, "!=", b, 4);
            case LT -> infix(a, "<", b, 4);
            case LE -> infix(a, "<=", b, 4);
            case GT -> infix(a, ">", b, 4);
            case GE -> infix(a, ">=", b, 4);
            case SHL -> infix(a, "<<", b, 5);
            case SHR -> infix(a, ">>>", b, 5);
            case ADD -> infix(a, "+", b, 6);
            case SUB -> infix(a, "-", b, 6);
            case MUL -> infix(a, "*", b, 7);
            case DIV -> infix(a, "/", b, 7);
            case MOD, REM, POW, MIN, MAX, ATAN2 -> call(fn.name().toLowerCase(Locale.ROOT), List.of(a, b));
        };
    }

    /// Operators are not taken as associative: what is on the right and binds no tighter goes into brackets.
    private static Piece infix(Piece a, String operator, Piece b, int level) {
        return new Piece(a.within(level) + " " + operator + " " + b.within(level + 1), level);
    }

    private static Piece call(String name, List<Piece> operands) {
        return new Piece(
                name + "("
                        + String.join(", ", operands.stream().map(Piece::text).toList()) + ")",
                ATOM);
    }
}
