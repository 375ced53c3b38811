package dev.quern.op;

import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import java.util.stream.Stream;

/// Trigonometric and hyperbolic functions, angles in radians: ONNX's operators of the same names, opset 22.
public final class Trigonometry {
    private Trigonometry() {}

    public static final Elementwise SIN = function("Sin", UnaryFn.SIN);
    public static final Elementwise COS = function("Cos", UnaryFn.COS);
    public static final Elementwise TAN = function("Tan", UnaryFn.TAN);
    public static final Elementwise ASIN = function("Asin", UnaryFn.ASIN);
    public static final Elementwise ACOS = function("Acos", UnaryFn.ACOS);
    public static final Elementwise ATAN = function("Atan", UnaryFn.ATAN);
    public static final Elementwise SINH = function("Sinh", UnaryFn.SINH);
    public static final Elementwise COSH = function("Cosh", UnaryFn.COSH);
    public static final Elementwise ASINH = function("Asinh", UnaryFn.ASINH);
    public static final Elementwise ACOSH = function("Acosh", UnaryFn.ACOSH);
    public static final Elementwise ATANH = function("Atanh", UnaryFn.ATANH);

    private static Elementwise function(String name, UnaryFn fn) {
        return Elementwise.of(name, x -> x.apply(fn));
    }

    static Stream<Example> examples() {
        Stream<Example> all = Stream.of(SIN, COS, TAN, ATAN, SINH, COSH, ASINH)
                .map(op -> Example.of(op, Example.f32(3, 7).in(-1.5, 1.5)));
        Stream<Example> inner = Stream.of(ASIN, ACOS, ATANH)
                .map(op -> Example.of(op, Example.f32(17).in(-0.9, 0.9)));
        Stream<Example> above = Stream.of(Example.of(ACOSH, Example.f32(9).in(1.1, 9)));
        Stream<Example> far = Stream.of(SIN, COS, ATAN, ASINH)
                .map(op -> Example.of(op, Example.f32(9).in(-30, 30)));
        return Stream.of(all, inner, above, far).flatMap(s -> s);
    }
}
