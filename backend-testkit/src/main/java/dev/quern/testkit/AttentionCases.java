package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Products whose rows are reduced and mapped and multiplied again, as programs of transformers have them, which a
/// backend may run as one; and those that only look so.
final class AttentionCases {
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);
    private static final Expr Z = Expr.arg(2, DType.F32);

    private AttentionCases() {}

    static Stream<KernelCase> all() {
        return Stream.of(
                plain(DType.F32, 2, 3, 5, 7, 4, 3),
                plain(DType.F32, 1, 2, 18, 77, 21, 33),
                plain(DType.F16, 1, 2, 19, 40, 18, 16),
                plain(DType.BF16, 1, 1, 5, 33, 7, 5),
                plain(DType.F32, 1, 1, 9, 500, 8, 70),
                plain(DType.F32, 1, 1, 5, 1003, 3, 4),
                plain(DType.F32, 1, 2, 1, 130, 16, 16),
                plain(DType.F32, 1, 1, 3, 1601, 2, 3),
                packedHeads(),
                groupedHeads(),
                causal(),
                inSteps(),
                capped(),
                otherAxes(),
                otherQueries(),
                normalisedRows(),
                resultWhereAnOperandLay(),
                valuesInBetween(),
                queriesOverwritten(),
                probabilitiesRead(),
                scoresOfOtherRows());
    }

    /// The result of a row at every element of it.
    private static View spread(View result, int... dims) {
        int[] strides = Arrays.copyOf(result.strides(), dims.length);
        return View.of(result.buffer(), result.dtype(), result.offset(), dims, strides);
    }

    private static Kernel product(View a, View b, View out, Expr epilogue, View... beside) {
        return new Kernel.Contract(a, b, null, null, DType.F32, List.of(beside), epilogue, out);
    }

    /// Scores of keys `[…, keys, depth]`, scaled.
    private static Kernel scores(View q, View keys, View out) {
        int rank = keys.rank();
        int[] order = new int[rank];
        Arrays.setAll(order, i -> i < rank - 2 ? i : 2 * rank - 3 - i);
        return product(q, keys.permute(order), out, X.times(0.25).castTo(out.dtype()));
    }

    /// Softmax of `scores` along keys into `shares`, in two steps.
    private static void softmax(CaseBuilder b, View scores, View shares) {
        DType dtype = scores.dtype();
        int[] dims = scores.dims();
        int[] kept = Arrays.copyOf(dims, dims.length - 1);
        View max = b.temporary(DType.F32, kept);
        View sum = b.temporary(DType.F32, kept);
        Expr score = Expr.arg(0, dtype).castTo(DType.F32);
        b.step(new Kernel.Reduce(
                List.of(scores), 1, score, Reducer.MAX_SUM_EXP, List.of(), List.of(X, Y), List.of(max, sum)));
        b.step(new Kernel.Map(
                List.of(scores, spread(max, dims), spread(sum, dims)),
                List.of(score.minus(Y).exp().dividedBy(Z).castTo(shares.dtype())),
                List.of(shares)));
    }

    private static KernelCase plain(DType dtype, int batch, int heads, int queries, int keys, int depth, int width) {
        CaseBuilder b = new CaseBuilder("Attention: " + dtype + ", " + batch + " × " + heads + " heads, " + queries
                + " queries, " + keys + " keys of " + depth + ", values of " + width);
        View q = b.input(dtype, batch, heads, queries, depth);
        View k = b.input(dtype, batch, heads, keys, depth);
        View v = b.input(dtype, batch, heads, keys, width);
        View scores = b.temporary(dtype, batch, heads, queries, keys);
        View shares = b.temporary(dtype, batch, heads, queries, keys);
        b.step(scores(q, k, scores));
        softmax(b, scores, shares);
        return b.build(product(shares, v, b.output(dtype, batch, heads, queries, width), X.castTo(dtype)));
    }

    /// Heads side by side in rows of `[tokens, heads · depth]`, a scale and a mask as operands, heads merged again.
    private static KernelCase packedHeads() {
        CaseBuilder b = new CaseBuilder("Attention: heads side by side, masked");
        int[] strides = {3 * 8, 8, 3 * 8, 1};
        int[] space = {1, 3, 20, 20};
        View q = headsOf(b.input(DType.F32, 20, 24), strides, 1, 3, 20, 8);
        View k = headsOf(b.input(DType.F32, 20, 24), strides, 1, 3, 20, 8);
        View v = headsOf(b.input(DType.F32, 20, 24), strides, 1, 3, 20, 8);
        View scale = b.input(b.values().any(DType.F32, 1), 1, 1, 1, 1).expand(space);
        View mask = b.input(DType.F32, 1, 1, 1, 20).expand(space);
        View scores = b.temporary(DType.F32, space);
        View shares = b.temporary(DType.F32, space);
        b.step(product(q, k.permute(0, 1, 3, 2), scores, X.dividedBy(Y).plus(Z), scale, mask));
        softmax(b, scores, shares);
        return b.build(product(shares, v, headsOf(b.output(DType.F32, 20, 24), strides, 1, 3, 20, 8), X));
    }

    private static View headsOf(View rows, int[] strides, int... dims) {
        return View.of(rows.buffer(), rows.dtype(), 0, dims, strides);
    }

    /// Two heads of queries for each of keys and values.
    private static KernelCase groupedHeads() {
        CaseBuilder b = new CaseBuilder("Attention: heads in groups");
        View q = b.input(DType.F32, 2, 2, 2, 6, 5);
        View k = b.input(DType.F32, 2, 2, 1, 9, 5).expand(2, 2, 2, 9, 5);
        View v = b.input(DType.F32, 2, 2, 1, 9, 4).expand(2, 2, 2, 9, 4);
        View scores = b.temporary(DType.F32, 2, 2, 2, 6, 9);
        View shares = b.temporary(DType.F32, 2, 2, 2, 6, 9);
        b.step(scores(q, k, scores));
        softmax(b, scores, shares);
        return b.build(product(shares, v, b.output(DType.F32, 2, 2, 2, 6, 4), X));
    }

    /// No key after a query's own position, by the positions themselves.
    private static KernelCase causal() {
        CaseBuilder b = new CaseBuilder("Attention: causal, by position");
        View q = b.input(DType.F32, 2, 21, 6);
        View k = b.input(DType.F32, 2, 21, 6);
        View v = b.input(DType.F32, 2, 21, 6);
        View scores = b.temporary(DType.F32, 2, 21, 21);
        View shares = b.temporary(DType.F32, 2, 21, 21);
        Expr isSeen = Expr.index(2).le(Expr.index(1));
        Expr never = Expr.constant(DType.F32, Double.NEGATIVE_INFINITY);
        b.step(product(q, k.permute(0, 2, 1), scores, Expr.select(isSeen, X.times(0.5), never)));
        softmax(b, scores, shares);
        return b.build(product(shares, v, b.output(DType.F32, 2, 21, 6), X));
    }

    /// Every operation a step of its own, rounded to 16 bits: as the standard wants it of 16-bit floats.
    private static KernelCase inSteps() {
        CaseBuilder b = new CaseBuilder("Attention: each step rounded to f16");
        DType dtype = DType.F16;
        int[] space = {2, 7, 18};
        View scores = b.temporary(dtype, space);
        View powers = b.temporary(dtype, space);
        View shares = b.temporary(dtype, space);
        View max = b.temporary(dtype, 2, 7);
        View sum = b.temporary(dtype, 2, 7);
        b.step(scores(b.input(dtype, 2, 7, 8), b.input(dtype, 2, 18, 8), scores));
        Expr x = Expr.arg(0, dtype).castTo(DType.F32);
        Expr y = Expr.arg(1, dtype).castTo(DType.F32);
        b.step(new Kernel.Reduce(
                List.of(scores), 1, x, Reducer.MAX, List.of(), List.of(X.castTo(dtype)), List.of(max)));
        b.step(new Kernel.Map(
                List.of(scores, spread(max, space)), List.of(x.minus(y).exp().castTo(dtype)), List.of(powers)));
        b.step(new Kernel.Reduce(
                List.of(powers), 1, x, Reducer.SUM, List.of(), List.of(X.castTo(dtype)), List.of(sum)));
        b.step(new Kernel.Map(
                List.of(powers, spread(sum, space)), List.of(x.dividedBy(y).castTo(dtype)), List.of(shares)));
        View v = b.input(dtype, 2, 18, 5);
        return b.build(product(shares, v, b.output(dtype, 2, 7, 5), X.castTo(dtype)));
    }

    /// A map of the scores with an operand, in the reduction too, and one of the result.
    private static KernelCase capped() {
        CaseBuilder b = new CaseBuilder("Attention: scores capped, biased where they are read");
        int[] space = {3, 17, 35};
        View scores = b.temporary(DType.F32, space);
        View capped = b.temporary(DType.F32, space);
        View shares = b.temporary(DType.F32, space);
        View bias = b.input(DType.F32, Layout.GAPPED, 17, 35).expand(space);
        View max = b.temporary(DType.F32, 3, 17);
        View sum = b.temporary(DType.F32, 3, 17);
        b.step(scores(b.input(DType.F32, 3, 17, 6), b.input(DType.F32, 3, 35, 6), scores));
        b.step(new Kernel.Map(List.of(scores), List.of(X.tanh().times(3)), List.of(capped)));
        b.step(new Kernel.Reduce(
                List.of(capped, bias), 1, X.plus(Y), Reducer.MAX_SUM_EXP, List.of(), List.of(X, Y), List.of(max, sum)));
        b.step(new Kernel.Map(
                List.of(bias, spread(max, space), capped, spread(sum, space)),
                List.of(Z.plus(X).minus(Y).exp().dividedBy(Expr.arg(3, DType.F32))),
                List.of(shares)));
        View v = b.input(DType.F32, 3, 35, 9);
        View beside = b.input(DType.F32, 9).expand(3, 17, 9);
        return b.build(
                product(shares, v, b.output(DType.F32, 3, 17, 9), X.plus(Y).max(0), beside));
    }

    /// The products have one batch axis, the softmax has two.
    private static KernelCase otherAxes() {
        CaseBuilder b = new CaseBuilder("Attention: products over other axes than the softmax");
        View scores = b.temporary(DType.F32, 6, 5, 11);
        View shares = b.temporary(DType.F32, 2, 3, 5, 11);
        b.step(scores(b.input(DType.F32, 6, 5, 4), b.input(DType.F32, 6, 11, 4), scores));
        softmax(b, View.dense(scores.buffer(), DType.F32, 2, 3, 5, 11), shares);
        View v = b.input(DType.F32, 6, 11, 7);
        return b.build(product(View.dense(shares.buffer(), DType.F32, 6, 5, 11), v, b.output(DType.F32, 6, 5, 7), X));
    }

    /// The rows of the second product are shared out otherwise.
    private static KernelCase otherQueries() {
        CaseBuilder b = new CaseBuilder("Attention-like: rows of two batches in one product");
        View scores = b.temporary(DType.F32, 2, 5, 11);
        View shares = b.temporary(DType.F32, 2, 5, 11);
        b.step(scores(b.input(DType.F32, 2, 5, 4), b.input(DType.F32, 2, 11, 4), scores));
        softmax(b, scores, shares);
        View v = b.input(DType.F32, 11, 7);
        return b.build(product(View.dense(shares.buffer(), DType.F32, 10, 11), v, b.output(DType.F32, 10, 7), X));
    }

    /// Rows normalised to mean and variance, with a map of the variances between.
    private static KernelCase normalisedRows() {
        CaseBuilder b = new CaseBuilder("Attention: rows less their mean, with a map of the variances");
        int[] space = {23, 50};
        View scores = b.temporary(DType.F32, space);
        View normal = b.temporary(DType.F32, space);
        View mean = b.temporary(DType.F32, 23);
        View variance = b.temporary(DType.F32, 23);
        View factor = b.temporary(DType.F32, 23, 1);
        b.step(product(b.input(DType.F32, 23, 19), b.input(DType.F32, 19, 50), scores, X));
        b.step(new Kernel.Reduce(
                List.of(scores), 1, X, Reducer.MEAN_VARIANCE, List.of(), List.of(X, Y), List.of(mean, variance)));
        View column = View.dense(variance.buffer(), DType.F32, 23, 1);
        View beside = b.input(DType.F32, 23, 1);
        b.step(new Kernel.Map(
                List.of(column, beside), List.of(X.plus(Y.times(Y)).plus(0.5).sqrt()), List.of(factor)));
        b.step(new Kernel.Map(
                List.of(spread(View.dense(factor.buffer(), DType.F32, 23), space), scores, spread(mean, space)),
                List.of(Y.minus(Z).dividedBy(X)),
                List.of(normal)));
        View v = b.input(DType.F32, Layout.TRANSPOSED, 50, 66);
        return b.build(product(normal, v, b.output(DType.F32, Layout.GAPPED, 23, 66), X));
    }

    /// Queries are not needed any more when the result is stored, and lie where it comes to lie.
    private static KernelCase resultWhereAnOperandLay() {
        CaseBuilder b = new CaseBuilder("Attention: the result where the keys lay");
        int[] dims = {2, 33, 8};
        int slot = b.slot(DType.F32, 2 * 33 * 8);
        View keys = b.temporary(slot, DType.F32, dims);
        View result = b.temporary(slot, DType.F32, dims);
        View scores = b.temporary(DType.F32, 2, 33, 33);
        View shares = b.temporary(DType.F32, 2, 33, 33);
        b.step(new Kernel.Map(List.of(b.input(DType.F32, dims)), List.of(X.times(2)), List.of(keys)));
        b.step(scores(b.input(DType.F32, dims), keys, scores));
        softmax(b, scores, shares);
        b.step(product(shares, b.input(DType.F32, dims), result, X));
        return b.build(new Kernel.Map(List.of(result), List.of(X.plus(1)), List.of(b.output(DType.F32, dims))));
    }

    private static KernelCase valuesInBetween() {
        CaseBuilder b = new CaseBuilder("Attention: values that come into being after the scores");
        int[] dims = {2, 18, 8};
        View values = b.temporary(DType.F32, dims);
        View scores = b.temporary(DType.F32, 2, 18, 18);
        View shares = b.temporary(DType.F32, 2, 18, 18);
        b.step(scores(b.input(DType.F32, dims), b.input(DType.F32, dims), scores));
        b.step(new Kernel.Map(List.of(b.input(DType.F32, dims)), List.of(X.times(2)), List.of(values)));
        softmax(b, scores, shares);
        return b.build(product(shares, values, b.output(DType.F32, dims), X));
    }

    /// What the queries are is written anew, piece by piece, before the end.
    private static KernelCase queriesOverwritten() {
        CaseBuilder b = new CaseBuilder("Attention-like: queries written anew before the end");
        int[] dims = {1, 9, 8};
        View queries = b.temporary(DType.F32, dims);
        View scores = b.temporary(DType.F32, 1, 9, 12);
        View shares = b.temporary(DType.F32, 1, 9, 12);
        View other = b.input(DType.F32, dims);
        b.step(new Kernel.Map(List.of(other), List.of(X.times(2)), List.of(queries)));
        b.step(scores(queries, b.input(DType.F32, 1, 12, 8), scores));
        b.step(new Kernel.Map(List.of(other), List.of(X.times(3)), List.of(queries)));
        softmax(b, scores, shares);
        b.step(product(shares, b.input(DType.F32, 1, 12, 5), b.output(DType.F32, 1, 9, 5), X));
        return b.build(new Kernel.Map(List.of(queries), List.of(X), List.of(b.output(DType.F32, dims))));
    }

    /// As a backward pass does.
    private static KernelCase probabilitiesRead() {
        CaseBuilder b = new CaseBuilder("Attention-like: probabilities that are a result too");
        View scores = b.temporary(DType.F32, 1, 9, 12);
        View shares = b.temporary(DType.F32, 1, 9, 12);
        b.step(scores(b.input(DType.F32, 1, 9, 8), b.input(DType.F32, 1, 12, 8), scores));
        softmax(b, scores, shares);
        b.step(product(shares, b.input(DType.F32, 1, 12, 5), b.output(DType.F32, 1, 9, 5), X));
        return b.build(new Kernel.Map(List.of(shares), List.of(X), List.of(b.output(DType.F32, 1, 9, 12))));
    }

    private static KernelCase scoresOfOtherRows() {
        CaseBuilder b = new CaseBuilder("Attention-like: rows in another order");
        View scores = b.temporary(DType.F32, 1, 12, 12);
        View shares = b.temporary(DType.F32, 1, 12, 12);
        b.step(scores(b.input(DType.F32, 1, 12, 8), b.input(DType.F32, 1, 12, 8), scores));
        softmax(b, scores.permute(0, 2, 1), shares);
        return b.build(product(shares, b.input(DType.F32, 1, 12, 5), b.output(DType.F32, 1, 12, 5), X));
    }
}
