package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A product of two tensors whose axes are named by letters: letters of both operands that the result lacks are summed,
/// `bij,bjk→bik`. Each letter occurs once in an operand, those of one operand only also in the result; letters of the
/// result may have extent 1 in one operand, which broadcasts. What [Einsum] is made of.
///
/// @param a the letters of operand 0, one for each axis
/// @param b the letters of operand 1
/// @param out the letters of the result
public record Contraction(String a, String b, String out) implements Products {

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(2, 2);
        in.require(1, in.dtype(0));
        return List.of(in.dtype(0));
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Map<Integer, Dim> dims = new HashMap<>();
        collect(a, in, 0, dims);
        collect(b, in, 1, dims);
        return List.of(Shape.of(out.chars().mapToObj(dims::get).toList()));
    }

    private void collect(String letters, Operands in, int operand, Map<Integer, Dim> dims) {
        Shape x = in.shape(operand);
        if (x.rank() != letters.length()) {
            throw new ShapeException("axes " + letters + " do not fit " + in.tensor(operand));
        }
        for (int i = 0; i < letters.length(); i++) {
            Dim d = x.dim(i);
            int letter = letters.charAt(i);
            dims.merge(letter, d, (p, q) -> {
                boolean spread = out.indexOf(letter) >= 0 && (p.is(1) || q.is(1));
                if (p.isFixed() && q.isFixed() && !p.equals(q) && !spread) {
                    throw new ShapeException("axis " + (char) letter + " is both " + p + " and " + q);
                }
                return p.broadcast(q);
            });
        }
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        String summed = letters(a, c -> out.indexOf(c) < 0);
        View[] views = {Strided.dense(in.get(0)), Strided.dense(in.get(1))};
        String space = out + summed;
        int[] dims = new int[space.length()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = extent(space.charAt(i), views);
        }
        View result = View.dense(0, in.get(0).dtype(), shape.intExtents());
        return List.of(SumOfProducts.of(
                in.get(0).dtype(),
                shape,
                in.get(0),
                spread(views[0], a, space, dims),
                in.get(1),
                spread(views[1], b, space, dims),
                spread(result, out, space, dims)));
    }

    private int extent(char letter, View... operands) {
        int i = a.indexOf(letter);
        int j = b.indexOf(letter);
        int x = i < 0 ? 1 : operands[0].dim(i);
        int y = j < 0 ? 1 : operands[1].dim(j);
        return x == 1 ? y : x;
    }

    /// A view with an axis for each letter of `space`: its own, or one of stride 0.
    private static View spread(View v, String letters, String space, int[] dims) {
        int[] strides = new int[space.length()];
        for (int i = 0; i < strides.length; i++) {
            int axis = letters.indexOf(space.charAt(i));
            strides[i] = axis < 0 || v.dim(axis) != dims[i] ? 0 : v.stride(axis);
        }
        return View.of(v.buffer(), v.dtype(), v.offset(), dims, strides);
    }

    private static String letters(String of, IntPredicate which) {
        return of.chars().filter(which).mapToObj(Character::toString).collect(Collectors.joining());
    }

    /// The adjoint of a contraction is one, with the letters in other places.
    @Override
    public void gradient(Adjoint adjoint) {
        GraphBuilder g = adjoint.graph();
        Value dy = adjoint.cotangent(0).orElseThrow();
        if (adjoint.wants(0)) {
            Value da = g.apply(new Contraction(out, b, a), dy, adjoint.input(1));
            adjoint.give(0, g.apply(new Reductions.SumTo(), da, adjoint.input(0)));
        }
        if (adjoint.wants(1)) {
            Value db = g.apply(new Contraction(out, a, b), dy, adjoint.input(0));
            adjoint.give(1, g.apply(new Reductions.SumTo(), db, adjoint.input(1)));
        }
    }

    /// One matrix product: letters of both operands and the result are batch axes; those of one operand are its
    /// rows or columns, merged into one axis where views allow it, else all but the last of them are batch axes
    /// too.
    @Override
    public void lower(Lowering l) {
        String batch = letters(out, c -> a.indexOf(c) >= 0 && b.indexOf(c) >= 0);
        String m = letters(out, c -> b.indexOf(c) < 0);
        String n = letters(out, c -> a.indexOf(c) < 0);
        String k = letters(a, c -> out.indexOf(c) < 0);
        View result = l.output(0);
        if (!mergeable(result, m)
                || !mergeable(l.input(0), a, m)
                || !mergeable(result, n)
                || !mergeable(l.input(1), b, n)) {
            String all = batch + head(m) + head(n);
            emit(l, all, tail(m), tail(n), k);
        } else {
            emit(l, batch, m, n, k);
        }
    }

    private void emit(Lowering l, String batch, String m, String n, String k) {
        View x = l.input(0);
        View y = l.input(1);
        View z = l.output(0);
        int[] bs = dims(batch, x, y);
        int[] ms = dims(m, x, y);
        int[] ns = dims(n, x, y);
        int[] ks = dims(k, x, y);
        int[] mk = Axes.concat(bs, size(ms), size(ks));
        int[] kn = Axes.concat(bs, size(ks), size(ns));
        int[] mn = Axes.concat(bs, size(ms), size(ns));
        View left = spread(x, a, batch + m + k, Axes.concat(Axes.concat(bs, ms), ks));
        View right = spread(y, b, batch + k + n, Axes.concat(Axes.concat(bs, ks), ns));
        View product = spread(z, out, batch + m + n, Axes.concat(Axes.concat(bs, ms), ns));
        DType acc = z.dtype().computeType();
        l.emit(new Kernel.Contract(
                SumOfProducts.merged(l, left, mk),
                SumOfProducts.merged(l, right, kn),
                null,
                null,
                acc,
                List.of(),
                Expr.arg(0, acc).castTo(z.dtype()),
                Strided.as(product, mn)));
    }

    private int[] dims(String letters, View x, View y) {
        return letters.chars().map(c -> extent((char) c, x, y)).toArray();
    }

    private static int size(int... dims) {
        return Arrays.stream(dims).reduce(1, (x, y) -> x * y);
    }

    private boolean mergeable(View result, String group) {
        return mergeable(result, out, group);
    }

    private static boolean mergeable(View v, String letters, String group) {
        int[] dims = group.chars().map(c -> v.dim(letters.indexOf(c))).toArray();
        return spread(v, letters, group, dims).reshape(size(dims)) != null;
    }

    private static String head(String letters) {
        return letters.isEmpty() ? "" : letters.substring(0, letters.length() - 1);
    }

    private static String tail(String letters) {
        return letters.isEmpty() ? "" : letters.substring(letters.length() - 1);
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new Contraction("bij", "bjk", "bik"), Example.f32(2, 3, 4), Example.f32(2, 4, 5)),
                Example.of(new Contraction("bihd", "bjhd", "bhij"), Example.f32(2, 3, 2, 4), Example.f32(2, 5, 2, 4)),
                Example.of(new Contraction("ijkl", "lmki", "mj"), Example.f32(2, 3, 4, 5), Example.f32(5, 6, 4, 2)),
                Example.of(new Contraction("ia", "jb", "ijab"), Example.f32(2, 3), Example.f32(4, 5)),
                Example.of(new Contraction("i", "i", ""), Example.f32(5), Example.f32(5)),
                Example.of(new Contraction("bij", "bjk", "bik"), Example.f32(1, 3, 4), Example.f32(2, 4, 5)));
    }
}
