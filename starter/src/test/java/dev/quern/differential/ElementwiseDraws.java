package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Functions of each element.
final class ElementwiseDraws {
    static final DType[] FLOATS = {DType.F32, DType.F64, DType.F16};
    static final DType[] NUMBERS = {
        DType.F32, DType.F64, DType.F16, DType.I32, DType.I64, DType.I8, DType.I16, DType.U8, DType.U16, DType.U32,
        DType.U64
    };
    static final DType[] INTEGERS = {
        DType.I64, DType.I32, DType.I8, DType.I16, DType.U8, DType.U16, DType.U32, DType.U64
    };

    private ElementwiseDraws() {}

    static List<OperatorDraw> rows() {
        List<OperatorDraw> rows = new ArrayList<>();
        rows.addAll(unary());
        rows.addAll(activations());
        rows.addAll(binary());
        rows.addAll(casts());
        return rows;
    }

    private static Consumer<NodeDraw> map(Fill fill, Agreement agreement, DType... types) {
        return n -> n.agreement(agreement).any(fill, 0, 4, types);
    }

    private static OperatorDraw exact(int since, String name, DType... types) {
        return row(since, name, map(Fill.ANY, Agreement.CLOSE, types));
    }

    private static OperatorDraw function(int since, String name, Fill fill) {
        return row(since, name, map(fill, Agreement.FUNCTION, FLOATS));
    }

    private static List<OperatorDraw> unary() {
        return List.of(
                exact(7, "Abs", NUMBERS),
                exact(7, "Neg", NUMBERS),
                // The sign of NaN is 0 or NaN in ONNX Runtime, by type.
                row(9, "Sign", map(Fill.FINITE, Agreement.CLOSE, NUMBERS)),
                exact(7, "Sqrt", FLOATS),
                exact(7, "Reciprocal", FLOATS),
                exact(7, "Floor", FLOATS),
                exact(7, "Ceil", FLOATS),
                exact(11, "Round", FLOATS),
                exact(7, "Identity", NUMBERS),
                exact(7, "Not", DType.BOOL),
                exact(18, "BitwiseNot", INTEGERS),
                exact(9, "IsNaN", FLOATS),
                row(10, "IsInf", n -> {
                    n.any(Fill.ANY, 0, 4, DType.F32, DType.F64);
                    n.with("detect_negative", n.from(0, 1)).with("detect_positive", n.from(0, 1));
                }),
                function(7, "Exp", Fill.ANY),
                function(7, "Log", Fill.ANY),
                function(7, "Sin", Fill.FINITE),
                function(7, "Cos", Fill.FINITE),
                function(7, "Tan", Fill.UNIT),
                function(7, "Asin", Fill.UNIT),
                function(7, "Acos", Fill.UNIT),
                function(7, "Atan", Fill.FINITE),
                function(9, "Sinh", Fill.FINITE),
                function(9, "Cosh", Fill.FINITE),
                function(9, "Asinh", Fill.FINITE),
                function(9, "Acosh", Fill.POSITIVE),
                function(9, "Atanh", Fill.UNIT),
                function(9, "Erf", Fill.FINITE),
                function(7, "Sigmoid", Fill.FINITE),
                function(7, "Tanh", Fill.FINITE),
                function(7, "Softplus", Fill.FINITE),
                function(7, "Softsign", Fill.FINITE),
                function(18, "Mish", Fill.FINITE));
    }

    private static OperatorDraw activation(int since, String name, String... attributes) {
        return row(since, name, n -> {
            n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 0, 4, FLOATS);
            for (String a : attributes) {
                if (n.chance(60)) {
                    n.with(a, n.real(0.1, 2));
                }
            }
        });
    }

    private static List<OperatorDraw> activations() {
        return List.of(
                exact(7, "Relu", DType.F32, DType.F64, DType.F16, DType.I32, DType.I8),
                activation(7, "LeakyRelu", "alpha"),
                activation(7, "Elu", "alpha"),
                activation(7, "Selu", "alpha", "gamma"),
                activation(12, "Celu", "alpha"),
                activation(10, "ThresholdedRelu", "alpha"),
                activation(7, "HardSigmoid", "alpha", "beta"),
                // ONNX Runtime computes Shrink, HardSwish and the tanh form of Gelu of doubles with float
                // constants.
                row(14, "HardSwish", n -> n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 0, 4, DType.F32)),
                row(9, "Shrink", n -> {
                    n.any(Fill.FINITE, 0, 4, DType.F32);
                    n.with("lambd", n.real(0, 2)).with("bias", n.real(0, 2));
                }),
                row(20, "Gelu", n -> {
                    Tensor x = n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 0, 4, FLOATS);
                    n.with("approximate", x.dtype() == DType.F64 ? "none" : n.oneOf("none", "tanh"));
                }),
                row(7, "PRelu", n -> {
                    Tensor x = n.any(Fill.FINITE, 0, 4, DType.F32, DType.F64);
                    n.of(Fill.FINITE, x.dtype(), n.broadcastable(x.shape().extents()));
                }),
                between(7, 10, "Clip attributes", n -> {
                    n.any(Fill.FINITE, 0, 4, DType.F32);
                    if (n.chance(70)) {
                        n.with("min", n.real(-3, 0));
                    }
                    if (n.chance(70)) {
                        n.with("max", n.real(0, 3));
                    }
                }),
                row(11, "Clip", n -> {
                    Tensor x = n.any(Fill.FINITE, 0, 4, NUMBERS);
                    if (n.chance(70)) {
                        n.of(Fill.FINITE, x.dtype());
                    } else {
                        n.absent();
                    }
                    if (n.chance(70)) {
                        n.of(Fill.FINITE, x.dtype());
                    }
                }));
    }

    /// Two operands of one type that broadcast, in either order.
    private static void pair(NodeDraw n, Fill left, Fill right, DType... types) {
        Tensor a = n.any(left, 0, 4, types);
        if (n.chance(20) && a.rank() < 4) {
            long[] more = new long[a.rank() + 1];
            more[0] = n.from(1, 3);
            System.arraycopy(a.shape().extents(), 0, more, 1, a.rank());
            n.of(right, a.dtype(), more);
        } else {
            n.of(right, a.dtype(), n.broadcastable(a.shape().extents()));
        }
    }

    private static OperatorDraw two(int since, String name, Fill left, Fill right, DType... types) {
        return row(since, name, n -> pair(n, left, right, types));
    }

    private static OperatorDraw many(String name, DType... types) {
        return row(8, name, n -> {
            Tensor a = n.agreement(Agreement.sum(4, 10)).any(Fill.FINITE, 0, 4, types);
            for (int i = n.from(0, 3); i > 0; i--) {
                n.of(Fill.FINITE, a.dtype(), n.broadcastable(a.shape().extents()));
            }
        });
    }

    private static List<OperatorDraw> binary() {
        DType[] bits = INTEGERS;
        return List.of(
                two(7, "Add", Fill.ANY, Fill.ANY, NUMBERS),
                two(7, "Sub", Fill.ANY, Fill.ANY, NUMBERS),
                two(7, "Mul", Fill.ANY, Fill.ANY, NUMBERS),
                two(7, "Div", Fill.ANY, Fill.DIVISOR, NUMBERS),
                two(7, "And", Fill.ANY, Fill.ANY, DType.BOOL),
                two(7, "Or", Fill.ANY, Fill.ANY, DType.BOOL),
                two(7, "Xor", Fill.ANY, Fill.ANY, DType.BOOL),
                two(7, "Equal", Fill.ANY, Fill.ANY, DType.F32, DType.F64, DType.I32, DType.I64, DType.BOOL),
                two(9, "Less", Fill.ANY, Fill.ANY, NUMBERS),
                two(9, "Greater", Fill.ANY, Fill.ANY, NUMBERS),
                two(12, "LessOrEqual", Fill.ANY, Fill.ANY, NUMBERS),
                two(12, "GreaterOrEqual", Fill.ANY, Fill.ANY, NUMBERS),
                two(18, "BitwiseAnd", Fill.ANY, Fill.ANY, bits),
                two(18, "BitwiseOr", Fill.ANY, Fill.ANY, bits),
                two(18, "BitwiseXor", Fill.ANY, Fill.ANY, bits),
                many("Max", NUMBERS),
                many("Min", NUMBERS),
                many("Sum", FLOATS),
                many("Mean", FLOATS),
                row(7, "Pow", n -> {
                    n.agreement(Agreement.FUNCTION);
                    // Powers of negative bases have values for whole exponents alone.
                    Tensor a = n.any(Fill.POSITIVE, 0, 4, DType.F32, DType.F64, DType.I32, DType.I64);
                    DType exponent = n.opset() < 12 || !a.dtype().isFloat() ? a.dtype() : n.type(FLOATS);
                    // What an integer does not hold wraps around here and is the lowest there: exponents are 0 and 1.
                    n.of(Fill.UNIT, exponent, n.broadcastable(a.shape().extents()));
                }),
                row(10, "Mod", n -> {
                    pair(n, Fill.FINITE, Fill.DIVISOR, NUMBERS);
                    n.with("fmod", 1);
                }),
                row(10, "Mod integers", n -> {
                    pair(n, Fill.FINITE, Fill.DIVISOR, INTEGERS);
                    n.with("fmod", n.from(0, 1));
                }),
                row(11, "BitShift", n -> {
                    Tensor a = n.any(Fill.ANY, 0, 4, DType.U8, DType.U16, DType.U32, DType.U64);
                    // A shift by the width or more is undefined in C++.
                    n.of(Fill.UNIT, a.dtype(), n.broadcastable(a.shape().extents()));
                    n.with("direction", n.oneOf("LEFT", "RIGHT"));
                }),
                row(9, "Where", n -> {
                    Tensor c = n.any(Fill.ANY, 0, 4, DType.BOOL);
                    DType dtype = n.oneOf(NUMBERS);
                    n.of(Fill.ANY, dtype, n.broadcastable(c.shape().extents()));
                    n.of(Fill.ANY, dtype, n.broadcastable(c.shape().extents()));
                }));
    }

    private static List<OperatorDraw> casts() {
        return List.of(
                row(7, "Cast", n -> {
                    n.any(Fill.FINITE, 0, 4, NUMBERS);
                    // What a float beyond the range of an integer type becomes is undefined: unsigned types
                    // take
                    // their operands from the row below.
                    n.with("to", n.oneOf(1L, 3L, 5L, 6L, 7L, 9L, 10L, 11L));
                }),
                row(7, "Cast unsigned", n -> {
                    n.any(Fill.POSITIVE, 0, 4, NUMBERS);
                    n.with("to", n.oneOf(2L, 4L, 12L, 13L, 16L));
                }),
                row(7, "Cast bool", n -> {
                    n.any(Fill.ANY, 0, 4, DType.BOOL);
                    n.with("to", n.oneOf(1L, 2L, 3L, 4L, 5L, 6L, 7L, 9L, 10L, 11L, 12L, 13L));
                }),
                row(15, "CastLike", n -> {
                    n.any(Fill.POSITIVE, 0, 4, NUMBERS);
                    n.any(Fill.ANY, 0, 2, NUMBERS);
                }));
    }
}
