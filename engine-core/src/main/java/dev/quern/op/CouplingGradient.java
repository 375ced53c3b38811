package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/// The gradient of [PairwiseCoupling]: its probabilities p are the least of pᵀQp whose sum is 1, so with b the
/// multiplier
/// of that condition they solve
///
/// ```text
/// ⎡ Q   1 ⎤ ⎡ p ⎤   ⎡ 0 ⎤
/// ⎣ 1ᵀ  0 ⎦ ⎣ b ⎦ = ⎣ 1 ⎦
/// ```
///
/// and a cotangent c of p is −λpᵀ of Q, where λ solves the same system with c on the right (Wu, Lin and Weng, 2004,
/// equation 21). Q holds the sums of r², r the probabilities of pairs, on its diagonal, else −r(1 − r).
///
/// @param i the first class of each pair
/// @param j the second class of each pair
record CouplingGradient(GraphBuilder g, int classes, long[] i, long[] j) {

    static void give(int classes, Adjoint a) {
        long[] i = IntStream.range(0, classes)
                .flatMap(c -> IntStream.range(c + 1, classes).map(d -> c))
                .asLongStream()
                .toArray();
        long[] j = IntStream.range(0, classes)
                .flatMap(c -> IntStream.range(c + 1, classes))
                .asLongStream()
                .toArray();
        GraphBuilder g = a.graph();
        Value s = g.apply(new Casting.Cast(DType.F64), a.input(0));
        Value c = g.apply(new Casting.Cast(DType.F64), a.cotangent(0).orElseThrow());
        Value gradient = new CouplingGradient(g, classes, i, j).of(s, c);
        a.give(0, g.apply(new Casting.Cast(DType.F32), gradient));
    }

    private Value of(Value s, Value cotangent) {
        Value inverse = g.apply(new SquareMatrix.Inverse(), system(s));
        Value p = rows(gather(inverse, 2, classes));
        Value right = g.apply(new Shaping.Unsqueeze(), cotangent, g.longs(2));
        Value lambda = rows(g.apply(
                new Products.MatMul(),
                gather(inverse, 2, IntStream.range(0, classes).asLongStream().toArray()),
                right));
        return ExprOp.apply(
                g,
                "Coupled",
                v -> v.get(0)
                        .like(1)
                        .minus(v.get(0))
                        .times(2)
                        .times(v.get(1))
                        .times(v.get(3))
                        .minus(v.get(0).times(2).times(v.get(2)).times(v.get(4)))
                        .plus(v.get(0)
                                .like(1)
                                .minus(v.get(0).times(2))
                                .times(v.get(1).times(v.get(4)).plus(v.get(2).times(v.get(3))))),
                s,
                gather(lambda, 1, i),
                gather(lambda, 1, j),
                gather(p, 1, i),
                gather(p, 1, j));
    }

    /// The matrix of the system, `[N,K+1,K+1]`.
    private Value system(Value s) {
        Value other = ExprOp.apply(g, "Other", v -> v.get(0).like(1).minus(v.get(0)), s);
        Value none = ExprOp.apply(g, "None", v -> v.get(0).like(0), s);
        Value all = g.apply(new Joining.Concat(1), List.of(s, other, none)).getFirst();
        long[] place = new long[classes * classes];
        java.util.Arrays.fill(place, 2L * i.length);
        for (int pair = 0; pair < i.length; pair++) {
            place[(int) (i[pair] * classes + j[pair])] = pair;
            place[(int) (j[pair] * classes + i[pair])] = (long) pair + i.length;
        }
        Value r = g.apply(new Shaping.Reshape(), gather(all, 1, place), g.longs(-1, classes, classes));
        Value turned = g.apply(new Arranging.Transpose(List.of(0, 2, 1)), r);
        Value squares = g.apply(new Reduce(Reduce.Kind.SUM_SQUARE, true), turned, g.longs(2));
        Value q = ExprOp.apply(
                g,
                "Curvature",
                v -> v.get(2).times(v.get(3)).minus(v.get(0).times(v.get(1))),
                r,
                turned,
                squares,
                g.constant(unit()));
        Value ones = ExprOp.apply(g, "Ones", v -> v.get(0).like(1), gather(r, 2, 0));
        Value top = g.apply(new Joining.Concat(2), List.of(q, ones)).getFirst();
        Value corner = ExprOp.apply(g, "None", v -> v.get(0).like(0), gather(ones, 1, 0));
        Value below = g.apply(
                        new Joining.Concat(2),
                        List.of(g.apply(new Arranging.Transpose(List.of(0, 2, 1)), ones), corner))
                .getFirst();
        return g.apply(new Joining.Concat(1), List.of(top, below)).getFirst();
    }

    private Tensor unit() {
        Tensor unit = Tensor.zeros(DType.F64, classes, classes);
        for (int k = 0; k < classes; k++) {
            unit.elements().set(k * (classes + 1), 1);
        }
        return unit;
    }

    /// The first K of `[N,K+1,1]`, as `[N,K]`.
    private Value rows(Value v) {
        Value first = gather(v, 1, IntStream.range(0, classes).asLongStream().toArray());
        return g.apply(new Shaping.Reshape(), first, g.longs(-1, classes));
    }

    private Value gather(Value v, int axis, long... places) {
        return g.apply(new Indexing.Gather(axis), v, g.longs(places));
    }
}
