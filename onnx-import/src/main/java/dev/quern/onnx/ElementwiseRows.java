package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Logic;
import dev.quern.op.Shaping;
import dev.quern.op.Trigonometry;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Arithmetic, comparisons, logic, activations.
final class ElementwiseRows {
    private ElementwiseRows() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(binary());
        rows.addAll(unary());
        rows.addAll(activations());
        return rows;
    }

    private static List<Row> binary() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(broadcasting("Add", Arithmetic.ADD));
        rows.addAll(broadcasting("Sub", Arithmetic.SUB));
        rows.addAll(broadcasting("Mul", Arithmetic.MUL));
        rows.addAll(broadcasting("Div", Arithmetic.DIV));
        rows.addAll(broadcasting("Pow", Arithmetic.POW));
        rows.addAll(broadcasting("And", Logic.AND));
        rows.addAll(broadcasting("Or", Logic.OR));
        rows.addAll(broadcasting("Xor", Logic.XOR));
        rows.addAll(broadcasting("Equal", Logic.EQUAL));
        rows.addAll(broadcasting("Less", Logic.LESS));
        rows.addAll(broadcasting("Greater", Logic.GREATER));
        rows.add(row("LessOrEqual", 12, Logic.LESS_OR_EQUAL));
        rows.add(row("GreaterOrEqual", 12, Logic.GREATER_OR_EQUAL));
        rows.add(row("Where", 9, Logic.WHERE));
        rows.add(row("Mod", 10, n -> n.result(new Arithmetic.Mod(n.flag("fmod", false)), n.all()))
                .writes(Arithmetic.Mod.class, (op, n) -> n.flag("fmod", op.fmod())));
        rows.add(row(
                        "BitShift",
                        11,
                        n -> n.result(
                                new Arithmetic.BitShift(n.text("direction", "").equals("LEFT")), n.all()))
                .writes(Arithmetic.BitShift.class, (op, n) -> n.text("direction", op.left() ? "LEFT" : "RIGHT")));
        rows.add(row("BitwiseAnd", 18, Arithmetic.BITWISE_AND));
        rows.add(row("BitwiseOr", 18, Arithmetic.BITWISE_OR));
        rows.add(row("BitwiseXor", 18, Arithmetic.BITWISE_XOR));
        rows.addAll(extreme("Max", Arithmetic.MAX));
        rows.addAll(extreme("Min", Arithmetic.MIN));
        rows.add(row("Sum", 1, n -> fold(n, Arithmetic.ADD)));
        rows.add(row("Mean", 1, ElementwiseRows::mean));
        return rows;
    }

    private static List<Row> unary() {
        return List.of(
                row("Abs", 1, Arithmetic.ABS),
                row("Neg", 1, Arithmetic.NEG),
                row("Sign", 9, Arithmetic.SIGN),
                row("Sqrt", 1, Arithmetic.SQRT),
                row("Exp", 1, Arithmetic.EXP),
                row("Log", 1, Arithmetic.LOG),
                row("Reciprocal", 1, Arithmetic.RECIPROCAL),
                row("Floor", 1, Arithmetic.FLOOR),
                row("Ceil", 1, Arithmetic.CEIL),
                row("Round", 11, Arithmetic.ROUND),
                row("BitwiseNot", 18, Arithmetic.BITWISE_NOT),
                row("Clip", 1, ElementwiseRows::clipByAttributes)
                        .writes(
                                Arithmetic.CLIP,
                                n -> n.number("min", n.requireConstant(1).getDouble(0))
                                        .number("max", n.requireConstant(2).getDouble(0))
                                        .operands(n.in(0))),
                row("Clip", 11, ElementwiseRows::clip).writes(Arithmetic.CLIP),
                row("Not", 1, Logic.NOT),
                row("IsNaN", 9, Logic.IS_NAN),
                row(
                                "IsInf",
                                10,
                                n -> n.result(
                                        new Logic.IsInf(
                                                n.flag("detect_negative", true), n.flag("detect_positive", true)),
                                        n.all()))
                        .writes(
                                Logic.IsInf.class,
                                (op, n) -> n.flag("detect_negative", op.negative())
                                        .flag("detect_positive", op.positive())),
                row("Sin", 7, Trigonometry.SIN),
                row("Cos", 7, Trigonometry.COS),
                row("Tan", 7, Trigonometry.TAN),
                row("Asin", 7, Trigonometry.ASIN),
                row("Acos", 7, Trigonometry.ACOS),
                row("Atan", 7, Trigonometry.ATAN),
                row("Sinh", 9, Trigonometry.SINH),
                row("Cosh", 9, Trigonometry.COSH),
                row("Asinh", 9, Trigonometry.ASINH),
                row("Acosh", 9, Trigonometry.ACOSH),
                row("Atanh", 9, Trigonometry.ATANH),
                row("Erf", 9, Activations.ERF));
    }

    private static List<Row> activations() {
        return List.of(
                row("Relu", 1, Activations.RELU),
                row("Sigmoid", 1, Activations.SIGMOID),
                row("Tanh", 1, Activations.TANH),
                row("Softplus", 1, Activations.SOFTPLUS),
                row("Softsign", 1, Activations.SOFTSIGN),
                row("Mish", 18, Activations.MISH),
                row("HardSwish", 14, Activations.HARD_SWISH),
                activation("LeakyRelu", 1, n -> new Activations.LeakyRelu(n.number("alpha", 0.01f)))
                        .writes(Activations.LeakyRelu.class, (op, n) -> n.number("alpha", op.alpha())),
                activation("Elu", 1, n -> new Activations.Elu(n.number("alpha", 1)))
                        .writes(Activations.Elu.class, (op, n) -> n.number("alpha", op.alpha())),
                activation(
                        "Selu", 1, n -> new Activations.Selu(n.number("alpha", 1.6732f), n.number("gamma", 1.0507f))),
                activation(
                                "Selu",
                                6,
                                n -> new Activations.Selu(
                                        n.number("alpha", 1.67326319217681884765625f),
                                        n.number("gamma", 1.05070102214813232421875f)))
                        .writes(
                                Activations.Selu.class,
                                (op, n) -> n.number("alpha", op.alpha()).number("gamma", op.gamma())),
                activation("Celu", 12, n -> new Activations.Celu(n.number("alpha", 1)))
                        .writes(Activations.Celu.class, (op, n) -> n.number("alpha", op.alpha())),
                activation("ThresholdedRelu", 1, n -> new Activations.ThresholdedRelu(n.number("alpha", 1)))
                        .writes(Activations.ThresholdedRelu.class, (op, n) -> n.number("alpha", op.alpha())),
                activation(
                                "HardSigmoid",
                                1,
                                n -> new Activations.HardSigmoid(n.number("alpha", 0.2f), n.number("beta", 0.5f)))
                        .writes(
                                Activations.HardSigmoid.class,
                                (op, n) -> n.number("alpha", op.alpha()).number("beta", op.beta())),
                activation(
                                "Gelu",
                                20,
                                n -> new Activations.Gelu(
                                        n.text("approximate", "none").equals("tanh")))
                        .writes(
                                Activations.Gelu.class,
                                (op, n) -> n.text("approximate", op.approximate() ? "tanh" : "none")),
                activation("Swish", 24, n -> new Activations.Swish(n.number("alpha", 1))),
                activation("Shrink", 9, n -> new Activations.Shrink(n.number("lambd", 0.5f), n.number("bias", 0)))
                        .writes(
                                Activations.Shrink.class,
                                (op, n) -> n.number("lambd", op.lambda()).number("bias", op.bias())),
                row("PRelu", 1, n -> n.result(new Activations.PRelu(), n.in(0), slope(n))),
                row("PRelu", 7, new Activations.PRelu()));
    }

    private static Row activation(String name, int since, Function<NodeImport, Op> op) {
        return row(name, since, n -> n.result(op.apply(n), n.in(0)));
    }

    /// Two operands: before opset 7 the second was broadcast only where `broadcast` said so, from `axis` on.
    private static List<Row> broadcasting(String name, Op op) {
        return List.of(row(name, 1, n -> n.result(op, n.in(0), aligned(n, n.in(0), n.in(1)))), row(name, 7, op));
    }

    /// The second operand with axes of extent 1 added behind, so that its first axis meets `axis` of the
    /// first operand.
    private static Value aligned(NodeImport n, Value a, Value b) {
        if (!n.flag("broadcast", false) || n.optionalInteger("axis").isEmpty()) {
            return b;
        }
        int axis = a.shape().axis(n.integer("axis", 0));
        return trailing(n, b, a.rank() - axis - b.rank());
    }

    private static Value trailing(NodeImport n, Value b, int count) {
        if (count <= 0) {
            return b;
        }
        long[] axes = IntStream.range(b.rank(), b.rank() + count).asLongStream().toArray();
        return n.apply(new Shaping.Unsqueeze(), b, n.longs(axes));
    }

    /// Before opset 7 a slope of one dimension belonged to axis 1.
    private static Value slope(NodeImport n) {
        Value slope = n.in(1);
        return slope.rank() == 1 ? trailing(n, slope, n.in(0).rank() - 2) : slope;
    }

    /// Any number of operands, which broadcast from opset 8 on.
    private static List<Row> extreme(String name, Op op) {
        return List.of(
                row(name, 1, n -> fold(n, op)).writes(op, n -> {
                    if (!n.in(0).shape().equals(n.in(1).shape())) {
                        throw n.unwritable("its " + op.name() + " does not broadcast");
                    }
                }),
                row(name, 8, n -> fold(n, op)).writes(op));
    }

    private static List<Value> fold(NodeImport n, Op op) {
        List<Value> all = n.all();
        if (all.size() == 1) {
            return all;
        }
        Value sum = all.getFirst();
        for (Value v : all.subList(1, all.size() - 1)) {
            sum = n.apply(op, sum, v);
        }
        return n.result(op, sum, all.getLast());
    }

    private static List<Value> mean(NodeImport n) {
        Value sum = fold(n, Arithmetic.ADD).getFirst();
        return n.result(Arithmetic.DIV, sum, n.scalar(sum.dtype(), n.size()));
    }

    private static List<Value> clipByAttributes(NodeImport n) {
        DType dtype = n.in(0).dtype();
        return n.result(
                Arithmetic.CLIP,
                n.in(0),
                n.scalar(dtype, n.number("min", -Float.MAX_VALUE)),
                n.scalar(dtype, n.number("max", Float.MAX_VALUE)));
    }

    private static List<Value> clip(NodeImport n) {
        Value x = n.in(0);
        if (n.has(1) && n.has(2)) {
            return n.result(Arithmetic.CLIP, n.all());
        }
        if (n.has(1)) {
            return n.result(Arithmetic.MAX, x, n.in(1));
        }
        return n.has(2) ? n.result(Arithmetic.MIN, x, n.in(2)) : List.of(x);
    }
}
