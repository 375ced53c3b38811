package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What [Casting] and [Logic] do to numbers, done to strings, on the host.
public sealed interface Strings extends HostOp {

    /// To or from strings. Numbers are read in plain and scientific notation, `NaN`, `INF` and `-INF` in any
    /// case; integers may be written as decimal fractions, which are truncated. Numbers are written with as few
    /// digits as tell them apart from their neighbours, in scientific notation below 1e-4 and from 1e16 on.
    ///
    /// ONNX Cast, opset 25.
    record CastString(DType to) implements Strings {
        @Override
        public String name() {
            return "Cast";
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            if (to != DType.STRING) {
                in.require(0, DType.STRING);
            }
            if (to.isComplex() || in.dtype(0).isComplex()) {
                throw new ShapeException("complex numbers have no form as text");
            }
            return List.of(Type.tensor(to, in.shape(0)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            Tensor out = Tensor.zeros(to, x.shape());
            for (int i = 0; i < x.length(); i++) {
                if (x.dtype() == DType.STRING && to == DType.STRING) {
                    out.elements().set(i, x.getString(i));
                } else if (to == DType.STRING) {
                    out.elements().set(i, write(x, i));
                } else {
                    read(x.getString(i), out, i);
                }
            }
            return List.of(out);
        }

        private static String write(Tensor x, int i) {
            return switch (x.dtype().kind()) {
                case FLOAT -> writeFloat(x.dtype(), x.getDouble(i));
                case SIGNED -> Long.toString(x.getLong(i));
                case UNSIGNED -> Long.toUnsignedString(x.getLong(i));
                case BOOL -> x.getLong(i) != 0 ? "True" : "False";
                case STRING -> x.getString(i);
                case COMPLEX -> throw new IllegalStateException("not written as text: " + x.dtype());
            };
        }

        private static String writeFloat(DType type, double value) {
            if (Double.isNaN(value) || Double.isInfinite(value)) {
                return Double.isNaN(value) ? "NaN" : value > 0 ? "INF" : "-INF";
            }
            String shortest = type == DType.F64 ? Double.toString(value) : Float.toString((float) value);
            double size = Math.abs(value);
            if (size != 0 && (size < 1e-4 || size >= 1e16)) {
                return shortest.replace(".0E", "E").replace('E', 'e');
            }
            String plain =
                    new java.math.BigDecimal(shortest).stripTrailingZeros().toPlainString();
            String signed = value == 0 && 1 / value < 0 ? "-0" : plain;
            return signed.contains(".") ? signed : signed + ".0";
        }

        private void read(String text, Tensor out, int i) {
            String t = text.strip().toLowerCase(Locale.ROOT);
            try {
                switch (to.kind()) {
                    case FLOAT -> out.elements().set(i, real(t));
                    case SIGNED -> out.elements().set(i, isInteger(t) ? Long.parseLong(t) : (long) real(t));
                    case UNSIGNED ->
                        out.elements()
                                .set(i, isInteger(t) ? Long.parseUnsignedLong(t.replace("+", "")) : (long) real(t));
                    case BOOL -> out.elements().set(i, t.equals("true") ? 1 : t.equals("false") ? 0 : real(t));
                    case STRING -> out.elements().set(i, text);
                    case COMPLEX -> throw new IllegalStateException("not read from text: " + to);
                }
            } catch (NumberFormatException e) {
                throw new ShapeException("element " + i + ", \"" + text + "\", is not a number of type " + to);
            }
        }

        private static boolean isInteger(String t) {
            return t.chars()
                    .skip(t.startsWith("+") || t.startsWith("-") ? 1 : 0)
                    .allMatch(Character::isDigit);
        }

        private static double real(String t) {
            return switch (t) {
                case "nan" -> Double.NaN;
                case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
                case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(t);
            };
        }

        static Stream<Example> examples() {
            Tensor texts = Tensor.of(new String[] {"3.5", "-1e-3", "NaN", "INF", "-inf", "42", "+7"}, 7);
            Tensor numbers = Tensor.of(new float[] {3.1415926f, 1e-7f, 0, -0f, 1e20f, Float.NaN, 100}, 7);
            return Stream.of(
                    Example.of(new CastString(DType.F32), Example.fixed(texts)),
                    Example.of(new CastString(DType.I64), Example.fixed(Tensor.of(new String[] {"-5", "8.0"}, 2))),
                    Example.of(new CastString(DType.STRING), Example.fixed(numbers)),
                    Example.of(new CastString(DType.STRING), Example.operand(DType.U64, 2, 2)));
        }
    }

    /// Whether two strings are equal, with broadcasting. ONNX Equal, opset 19.
    record EqualStrings() implements Strings {
        @Override
        public String name() {
            return "Equal";
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 2);
            in.require(0, DType.STRING);
            in.require(1, DType.STRING);
            return List.of(Type.tensor(DType.BOOL, in.shape(0).broadcast(in.shape(1))));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.get(0).asTensor();
            Tensor y = in.get(1).asTensor();
            Shape shape = x.shape().broadcast(y.shape());
            Tensor out = Tensor.zeros(DType.BOOL, shape);
            int[] dims = shape.intExtents();
            View left = Strided.dense(x).expand(dims);
            Positions p = new Positions(dims, left, Strided.dense(y).expand(dims));
            for (int i = 0; i < out.length(); i++, p.next()) {
                out.elements().set(i, x.getString(p.at(0)).equals(y.getString(p.at(1))) ? 1 : 0);
            }
            return List.of(out);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new EqualStrings(), Example.operand(DType.STRING, 3, 4), Example.operand(DType.STRING, 4)));
        }
    }
}
