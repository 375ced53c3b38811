package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Every reducer on every type that it reduces, at lengths around the number of lanes, along any axes.
final class ReduceCases {
    private ReduceCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (Reducer reducer : Reducer.values()) {
            for (DType type : MapCases.types()) {
                if (accepts(reducer, type)) {
                    cases.add(plain(reducer, type, 3, 37));
                    cases.add(repeated(reducer, type));
                }
            }
            DType type = accepts(reducer, DType.F32) ? DType.F32 : DType.BOOL;
            for (int length : new int[] {0, 1, 2, 8, 15, 16, 17, 31, 33, 1009}) {
                cases.add(plain(reducer, type, 2, length));
            }
            cases.add(plain(reducer, type, 0, 5));
            cases.add(special(reducer, type));
            for (Layout layout : Layout.values()) {
                cases.add(columns(reducer, type, layout));
            }
        }
        cases.addAll(List.of(everything(), nothing(), dot(), scaled(), normalized(), position(), large()));
        return cases.stream();
    }

    private static boolean accepts(Reducer reducer, DType type) {
        return switch (reducer) {
            case SUM, PRODUCT -> type != DType.BOOL;
            case MIN, MAX, ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST -> true;
            case AND, OR -> type == DType.BOOL;
            case MEAN_VARIANCE, MAX_SUM_EXP -> type.isFloat();
        };
    }

    /// The types in which the states of a reducer are stored as they are.
    private static List<DType> states(Reducer reducer, DType type) {
        DType computed = type.computeType();
        return reducer.isArg()
                ? List.of(DType.I64, computed)
                : reducer.states() == 2 ? List.of(computed, computed) : List.of(computed);
    }

    private static KernelCase reduce(CaseBuilder b, View x, int rank, Reducer reducer, Layout out) {
        DType type = x.dtype();
        List<DType> states = states(reducer, type);
        List<Expr> epilogue = IntStream.range(0, states.size())
                .mapToObj(i -> Expr.arg(i, states.get(i)))
                .toList();
        int[] kept = Arrays.copyOf(x.dims(), x.rank() - rank);
        List<View> outputs = states.stream().map(t -> b.output(t, out, kept)).toList();
        return b.build(new Kernel.Reduce(List.of(x), rank, Expr.arg(0, type), reducer, List.of(), epilogue, outputs));
    }

    private static KernelCase plain(Reducer reducer, DType type, int rows, int length) {
        CaseBuilder b = new CaseBuilder("Reduce " + reducer + " of " + type + " rows " + rows + " × " + length);
        return reduce(b, b.input(type, rows, length), 1, reducer, Layout.DENSE);
    }

    private static KernelCase repeated(Reducer reducer, DType type) {
        CaseBuilder b = new CaseBuilder("Reduce " + reducer + " of equal " + type);
        Tensor data = b.values().repeated(type, 9 * 21);
        return reduce(b, b.input(data, 9, 21), 1, reducer, Layout.DENSE);
    }

    private static KernelCase special(Reducer reducer, DType type) {
        CaseBuilder b = new CaseBuilder("Reduce " + reducer + " of special " + type);
        return reduce(b, b.input(b.values().special(type, 40 * 5), 40, 5), 1, reducer, Layout.DENSE);
    }

    private static KernelCase columns(Reducer reducer, DType type, Layout layout) {
        CaseBuilder b = new CaseBuilder("Reduce " + reducer + " along the outer axes of " + layout);
        View x = b.input(type, layout, 3, 18, 5).permute(2, 0, 1);
        Layout out = layout.forOutputs();
        return reduce(b, x, 2, reducer, out);
    }

    private static KernelCase everything() {
        CaseBuilder b = new CaseBuilder("Reduce three axes to a scalar");
        return reduce(b, b.input(DType.F32, Layout.GAPPED, 4, 5, 37), 3, Reducer.SUM, Layout.DENSE);
    }

    private static KernelCase nothing() {
        CaseBuilder b = new CaseBuilder("Reduce no axis");
        return reduce(b, b.input(DType.F32, 4, 5), 0, Reducer.MAX, Layout.DENSE);
    }

    private static KernelCase dot() {
        CaseBuilder b = new CaseBuilder("Reduce a product of two operands");
        View x = b.input(DType.F32, 6, 7, 35);
        View y = b.input(DType.F32, 35).expand(6, 7, 35);
        Expr product = Expr.arg(0, DType.F32).times(Expr.arg(1, DType.F32));
        return b.build(new Kernel.Reduce(
                List.of(x, y),
                1,
                product,
                Reducer.SUM,
                List.of(),
                List.of(Expr.arg(0, DType.F32)),
                List.of(b.output(DType.F32, 6, 7))));
    }

    private static KernelCase scaled() {
        CaseBuilder b = new CaseBuilder("Reduce with an epilogue of two operands");
        View x = b.input(DType.F16, 11, 50);
        View scale = b.input(DType.F32, 11);
        View shift = b.input(DType.F32).expand(11);
        Expr mean = Expr.arg(0, DType.F32).dividedBy(50);
        Expr e = mean.times(Expr.arg(1, DType.F32)).plus(Expr.arg(2, DType.F32));
        return b.build(new Kernel.Reduce(
                List.of(x),
                1,
                Expr.arg(0, DType.F16),
                Reducer.SUM,
                List.of(scale, shift),
                List.of(e, e.apply(BinaryFn.MAX, e.like(0)).castTo(DType.F16)),
                List.of(b.output(DType.F32, 11), b.output(DType.F16, 11))));
    }

    private static KernelCase normalized() {
        CaseBuilder b = new CaseBuilder("Reduce to a mean and an inverse deviation");
        View x = b.input(DType.F32, 13, 77);
        Expr inverse = Expr.arg(1, DType.F32).plus(1e-5).sqrt().apply(BinaryFn.POW, Expr.constant(DType.F32, -1.0));
        return b.build(new Kernel.Reduce(
                List.of(x),
                1,
                Expr.arg(0, DType.F32).exp(),
                Reducer.MEAN_VARIANCE,
                List.of(),
                List.of(Expr.arg(0, DType.F32), inverse),
                List.of(b.output(DType.F32, 13), b.output(DType.F32, 13))));
    }

    private static KernelCase position() {
        CaseBuilder b = new CaseBuilder("Reduce and finish by position");
        View x = b.input(DType.I32, 4, 5, 6);
        Expr weighted = Expr.arg(0, DType.I32)
                .castTo(DType.I64)
                .times(Expr.index(2).plus(Expr.index(0).times(10)));
        Expr e = Expr.arg(0, DType.I64).plus(Expr.index(1)).plus(Expr.index(Expr.Index.LINEAR));
        return b.build(new Kernel.Reduce(
                List.of(x), 1, weighted, Reducer.SUM, List.of(), List.of(e), List.of(b.output(DType.I64, 4, 5))));
    }

    private static KernelCase large() {
        CaseBuilder b = new CaseBuilder("Reduce 100003 elements to one");
        return reduce(b, b.input(DType.F32, 100003), 1, Reducer.SUM, Layout.DENSE);
    }
}
