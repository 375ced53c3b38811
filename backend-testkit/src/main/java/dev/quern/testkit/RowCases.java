package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// A reduction of rows and a map of the same rows with its results: what normalisations and softmax are, and what a
/// backend may run as one.
final class RowCases {
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);
    private static final Expr Z = Expr.arg(2, DType.F32);

    private RowCases() {}

    static Stream<KernelCase> all() {
        return Stream.of(
                softmax("Rows: softmax", Layout.DENSE, 5, 77),
                softmax("Rows: softmax of longer rows", Layout.OFFSET, 3, 1030),
                softmax("Rows: softmax of one long row", Layout.DENSE, 1, 5003),
                softmax("Rows: softmax, backwards", Layout.REVERSED, 4, 90),
                softmax("Rows: softmax of no rows", Layout.DENSE, 0, 77),
                maskedInPlace(),
                layerNorm(DType.F32, 7, 96),
                layerNorm(DType.F16, 4, 131),
                layerNorm(DType.F64, 3, 80),
                withAMapOfResults(false),
                withAMapOfResults(true),
                overTwoAxes(),
                rms(),
                largestAndRange(),
                whereAnotherRowIsRead(),
                whereTheResultIsRead(),
                withAStepBetween());
    }

    /// The result of a row at every element of it.
    private static View spread(View result, int... dims) {
        int[] strides = Arrays.copyOf(result.strides(), dims.length);
        return View.of(result.buffer(), result.dtype(), result.offset(), dims, strides);
    }

    private static KernelCase softmax(String name, Layout layout, int rows, int columns) {
        CaseBuilder b = new CaseBuilder(name);
        View in = b.input(DType.F32, layout, rows, columns);
        View max = b.temporary(DType.F32, rows);
        View sum = b.temporary(DType.F32, rows);
        b.step(states(in, max, sum));
        return b.build(shares(in, max, sum, b.output(DType.F32, layout, rows, columns)));
    }

    private static Kernel states(View in, View max, View sum) {
        return new Kernel.Reduce(List.of(in), 1, X, Reducer.MAX_SUM_EXP, List.of(), List.of(X, Y), List.of(max, sum));
    }

    private static Kernel shares(View in, View max, View sum, View out) {
        return new Kernel.Map(
                List.of(in, spread(max, in.dims()), spread(sum, in.dims())),
                List.of(X.minus(Y).exp().dividedBy(Z)),
                List.of(out));
    }

    private static KernelCase maskedInPlace() {
        CaseBuilder b = new CaseBuilder("Rows: masked softmax in place");
        int[] dims = {2, 3, 6, 70};
        int slot = b.slot(DType.F32, 2 * 3 * 6 * 70);
        View scores = b.temporary(slot, DType.F32, dims);
        View shares = b.temporary(slot, DType.F32, dims);
        View mask = b.input(DType.F32, 2, 1, 1, 70).expand(dims);
        View max = b.temporary(DType.F32, 2, 3, 6);
        View sum = b.temporary(DType.F32, 2, 3, 6);
        b.step(new Kernel.Map(List.of(b.input(DType.F32, dims)), List.of(X.times(0.125)), List.of(scores)));
        b.step(new Kernel.Reduce(
                List.of(scores, mask), 1, X.plus(Y), Reducer.MAX_SUM_EXP, List.of(), List.of(X, Y), List.of(max, sum)));
        b.step(new Kernel.Map(
                List.of(spread(max, dims), scores, mask, spread(sum, dims)),
                List.of(Y.plus(Z).minus(X).exp().dividedBy(Expr.arg(3, DType.F32))),
                List.of(shares)));
        return b.build(new Kernel.Map(List.of(shares), List.of(X), List.of(b.output(DType.F32, dims))));
    }

    /// With its statistics rounded to the type and given too.
    private static KernelCase layerNorm(DType dtype, int rows, int columns) {
        CaseBuilder b = new CaseBuilder("Rows: layer normalisation in " + dtype);
        DType inner = dtype.computeType();
        View in = b.input(dtype, rows, columns);
        View scale = b.input(dtype, columns).expand(rows, columns);
        View shift = b.input(dtype, columns).expand(rows, columns);
        View mean = b.output(dtype, rows);
        View factor = b.output(dtype, rows);
        Expr variance = Expr.arg(1, inner);
        Expr root = Expr.constant(inner, 1).dividedBy(variance.plus(1e-5).sqrt());
        b.step(new Kernel.Reduce(
                List.of(in),
                1,
                Expr.arg(0, dtype).castTo(inner),
                Reducer.MEAN_VARIANCE,
                List.of(),
                List.of(Expr.arg(0, inner).castTo(dtype), root.castTo(dtype)),
                List.of(mean, factor)));
        Expr normal = Expr.arg(0, dtype)
                .castTo(inner)
                .minus(Expr.arg(3, dtype).castTo(inner))
                .times(Expr.arg(4, dtype).castTo(inner));
        Expr result = normal.times(Expr.arg(1, dtype).castTo(inner))
                .plus(Expr.arg(2, dtype).castTo(inner));
        return b.build(new Kernel.Map(
                List.of(in, scale, shift, spread(mean, rows, columns), spread(factor, rows, columns)),
                List.of(result.castTo(dtype)),
                List.of(b.output(dtype, rows, columns))));
    }

    /// The factor of a row is a step of its own, of all rows at once.
    private static KernelCase withAMapOfResults(boolean inPlace) {
        CaseBuilder b =
                new CaseBuilder("Rows: layer normalisation with a map of the variances" + (inPlace ? " in place" : ""));
        int[] dims = {2, 9, 84};
        View in = b.input(DType.F32, dims);
        View scale = b.input(DType.F32, 84).expand(dims);
        View epsilon = b.input(b.values().any(DType.F32, 1), 1, 1, 1).expand(2, 9, 1);
        View mean = b.temporary(DType.F32, 2, 9);
        int slot = b.slot(DType.F32, 18);
        View variance = b.temporary(slot, DType.F32, 2, 9);
        View factor = inPlace ? b.temporary(slot, DType.F32, 2, 9, 1) : b.temporary(DType.F32, 2, 9, 1);
        b.step(new Kernel.Reduce(
                List.of(in), 1, X, Reducer.MEAN_VARIANCE, List.of(), List.of(X, Y), List.of(mean, variance)));
        View column = View.of(variance.buffer(), DType.F32, 0, new int[] {2, 9, 1}, new int[] {9, 1, 1});
        Expr root = X.plus(Y.times(Y)).sqrt();
        b.step(new Kernel.Map(
                List.of(column, epsilon), List.of(Expr.constant(DType.F32, 1).dividedBy(root)), List.of(factor)));
        Expr factorOfRow = Expr.arg(3, DType.F32);
        View ofRows = View.of(factor.buffer(), DType.F32, 0, new int[] {2, 9}, new int[] {9, 1});
        b.step(new Kernel.Map(
                List.of(in, spread(mean, dims), scale, spread(ofRows, dims)),
                List.of(X.minus(Y).times(factorOfRow).times(Z)),
                List.of(b.output(DType.F32, dims))));
        return b.build();
    }

    private static KernelCase overTwoAxes() {
        CaseBuilder b = new CaseBuilder("Rows: instances over two axes, into channels last");
        int[] dims = {2, 5, 9, 11};
        View in = b.input(DType.F32, Layout.GAPPED, 2, 5, 9, 11);
        View wide = View.of(in.buffer(), in.dtype(), in.offset(), dims, new int[] {5 * 99, 99, 11, 1});
        View mean = b.temporary(DType.F32, 2, 5);
        View variance = b.temporary(DType.F32, 2, 5);
        b.step(new Kernel.Reduce(
                List.of(wide), 2, X, Reducer.MEAN_VARIANCE, List.of(), List.of(X, Y), List.of(mean, variance)));
        return b.build(new Kernel.Map(
                List.of(wide, spread(mean, dims), spread(variance, dims)),
                List.of(X.minus(Y).dividedBy(Z.plus(0.25).sqrt())),
                List.of(b.output(DType.F32, 2, 9, 11, 5).permute(0, 3, 1, 2))));
    }

    /// Of a sum that is a result as well.
    private static KernelCase rms() {
        CaseBuilder b = new CaseBuilder("Rows: root of mean squares of a sum");
        int[] dims = {6, 257};
        View x = b.input(DType.F32, dims);
        View residual = b.input(DType.F32, dims);
        View bias = b.input(DType.F32, 6);
        View root = b.temporary(DType.F32, 6);
        Expr sum = X.plus(Y);
        b.step(new Kernel.Reduce(
                List.of(x, residual),
                1,
                sum.times(sum),
                Reducer.SUM,
                List.of(bias),
                List.of(X.dividedBy(Expr.constant(DType.F32, 257))
                        .plus(Y.times(Y))
                        .sqrt()),
                List.of(root)));
        return b.build(new Kernel.Map(
                List.of(x, residual, spread(root, dims)),
                List.of(sum.dividedBy(Z), sum),
                List.of(b.output(DType.F32, dims), b.output(DType.F32, dims))));
    }

    private static KernelCase largestAndRange() {
        CaseBuilder b = new CaseBuilder("Rows: a row less its largest element, rounded");
        int[] dims = {9, 100};
        View in = b.input(b.values().special(DType.F32, 900), dims);
        View max = b.temporary(DType.BF16, 9);
        b.step(new Kernel.Reduce(
                List.of(in), 1, X, Reducer.MAX, List.of(), List.of(X.castTo(DType.BF16)), List.of(max)));
        Expr difference = Y.minus(Expr.arg(0, DType.BF16).castTo(DType.F32));
        return b.build(new Kernel.Map(
                List.of(spread(max, dims), in),
                List.of(difference, difference.castTo(DType.I32)),
                List.of(b.output(DType.F32, dims), b.output(DType.I32, dims))));
    }

    /// The reduced array is free after the reduction, and the map's result takes its place: elsewhere in it than
    /// the row.
    private static KernelCase whereAnotherRowIsRead() {
        CaseBuilder b = new CaseBuilder("Rows: a result that lies where other rows were");
        int slot = b.slot(DType.F32, 40 * 100);
        View x = b.input(DType.F32, 40, 100);
        View reduced = b.temporary(slot, DType.F32, 40, 100);
        View result = b.temporary(slot, DType.F32, 40, 100);
        View max = b.temporary(DType.F32, 40);
        View sum = b.temporary(DType.F32, 40);
        b.step(new Kernel.Map(List.of(x), List.of(X.times(2)), List.of(reduced)));
        b.step(states(reduced, max, sum));
        View backwards = View.of(result.buffer(), DType.F32, 3900, new int[] {40, 100}, new int[] {-100, 1});
        b.step(shares(x, max, sum, backwards));
        return b.build(new Kernel.Map(List.of(result), List.of(X), List.of(b.output(DType.F32, 40, 100))));
    }

    /// The map reads results of other rows too.
    private static KernelCase whereTheResultIsRead() {
        CaseBuilder b = new CaseBuilder("Rows: a map that reads the results of other rows");
        View x = b.input(DType.F32, 64, 64);
        View max = b.temporary(DType.F32, 64);
        View sum = b.temporary(DType.F32, 64);
        b.step(states(x, max, sum));
        View across = View.of(max.buffer(), DType.F32, 0, new int[] {64, 64}, new int[] {0, 1});
        return b.build(new Kernel.Map(
                List.of(x, across, spread(sum, 64, 64)),
                List.of(X.minus(Y).dividedBy(Z)),
                List.of(b.output(DType.F32, 64, 64))));
    }

    private static KernelCase withAStepBetween() {
        CaseBuilder b = new CaseBuilder("Rows: a step between the reduction and the map");
        View x = b.input(DType.F32, 8, 80);
        View max = b.temporary(DType.F32, 8);
        View sum = b.temporary(DType.F32, 8);
        b.step(states(x, max, sum));
        b.step(new Kernel.Map(List.of(sum), List.of(X.times(2)), List.of(b.output(DType.F32, 8))));
        return b.build(shares(x, max, sum, b.output(DType.F32, 8, 80)));
    }
}
