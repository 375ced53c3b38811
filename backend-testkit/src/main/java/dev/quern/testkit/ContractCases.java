package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Matrix products of awkward sizes, types, layouts, batches, zero points and epilogues.
final class ContractCases {
    private static final int[][] SIZES = {
        {1, 1, 1},
        {0, 3, 2},
        {3, 0, 2},
        {2, 3, 0},
        {1, 17, 16},
        {15, 16, 17},
        {33, 31, 65},
        {16, 64, 32},
        {97, 1, 40},
        {1, 130, 257},
        {101, 103, 67},
        {64, 64, 300},
        {8, 32, 1},
        {130, 40, 513}
    };

    private ContractCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (int[] s : SIZES) {
            cases.add(product(DType.F32, DType.F32, DType.F32, s[0], s[1], s[2]));
            cases.add(transposed(s[0], s[1], s[2]));
        }
        for (DType type : List.of(DType.F64, DType.I32, DType.I64, DType.U32, DType.U64)) {
            cases.add(product(type, type, type, 18, 21, 35));
        }
        for (DType type : List.of(DType.F16, DType.BF16)) {
            cases.add(product(type, type, DType.F32, 18, 33, 35));
        }
        cases.add(product(DType.F32, DType.F32, DType.F64, 5, 6, 40));
        cases.add(product(DType.F32, DType.BF16, DType.F32, 7, 34, 19));
        for (DType a : List.of(DType.I8, DType.U8)) {
            for (DType b : List.of(DType.I8, DType.U8)) {
                cases.add(product(a, b, DType.I32, 14, 36, 71));
                cases.add(zeroPoints(a, b, false));
                cases.add(zeroPoints(a, b, true));
            }
        }
        for (Layout a : Layout.values()) {
            for (Layout b : Layout.values()) {
                cases.add(layouts(a, b));
            }
        }
        cases.addAll(List.of(
                batches(false, false),
                batches(true, false),
                batches(false, true),
                twoBatchAxes(),
                bias(),
                position(),
                special(),
                specialInDouble(),
                requantised(),
                nothingAdded()));
        return cases.stream();
    }

    /// A product whose accumulators are stored as they are.
    static Kernel plain(View a, View b, @Nullable View aZero, @Nullable View bZero, View out) {
        return new Kernel.Contract(a, b, aZero, bZero, out.dtype(), List.of(), Expr.arg(0, out.dtype()), out);
    }

    private static KernelCase product(DType ta, DType tb, DType accumulate, int m, int n, int k) {
        CaseBuilder b = new CaseBuilder(
                "Contract " + ta + "[" + m + "," + k + "] × " + tb + "[" + k + "," + n + "] in " + accumulate);
        return b.build(plain(b.input(ta, m, k), b.input(tb, k, n), null, null, b.output(accumulate, m, n)));
    }

    private static KernelCase transposed(int m, int n, int k) {
        CaseBuilder b = new CaseBuilder("Contract transposed operands " + m + ", " + n + ", " + k);
        View left = b.input(DType.F32, k, m).permute(1, 0);
        View right = b.input(DType.F32, n, k).permute(1, 0);
        return b.build(plain(left, right, null, null, b.output(DType.F32, n, m).permute(1, 0)));
    }

    private static KernelCase layouts(Layout first, Layout second) {
        CaseBuilder b = new CaseBuilder("Contract " + first + " × " + second);
        View out = b.output(DType.F32, first.forOutputs(), 9, 18);
        return b.build(plain(b.input(DType.F32, first, 9, 13), b.input(DType.F32, second, 13, 18), null, null, out));
    }

    private static KernelCase zeroPoints(DType ta, DType tb, boolean each) {
        CaseBuilder b = new CaseBuilder(
                "Contract " + ta + " × " + tb + (each ? " with a zero point a row and column" : " with zero points"));
        View left = b.input(ta, 5, 37);
        View right = b.input(tb, 37, 18);
        View aZero = each ? b.input(ta, 5, 1) : b.input(ta);
        View bZero = each ? b.input(tb, 18) : b.input(tb);
        return b.build(plain(left, right, aZero, bZero, b.output(DType.I32, 5, 18)));
    }

    private static KernelCase batches(boolean repeatA, boolean repeatB) {
        CaseBuilder b = new CaseBuilder("Contract in batches, repeated: " + repeatA + ", " + repeatB);
        View left = repeatA ? b.input(DType.F32, 7, 20).expand(6, 7, 20) : b.input(DType.F32, 6, 7, 20);
        View right = repeatB ? b.input(DType.F32, 20, 33).expand(6, 20, 33) : b.input(DType.F32, 6, 20, 33);
        return b.build(plain(left, right, null, null, b.output(DType.F32, 6, 7, 33)));
    }

    private static KernelCase twoBatchAxes() {
        CaseBuilder b = new CaseBuilder("Contract heads of attention");
        View q = b.input(DType.F32, 2, 10, 3, 8).permute(0, 2, 1, 3);
        View k = b.input(DType.F32, 2, 12, 3, 8).permute(0, 2, 3, 1);
        return b.build(plain(q, k, null, null, b.output(DType.F32, 2, 10, 3, 12).permute(0, 2, 1, 3)));
    }

    private static KernelCase bias() {
        CaseBuilder b = new CaseBuilder("Contract with bias, activation and residual");
        int m = 37;
        int n = 41;
        View bias = b.input(DType.F32, n).expand(m, n);
        View residual = b.input(DType.F32, Layout.TRANSPOSED, m, n);
        Expr z = Expr.arg(0, DType.F32).plus(Expr.arg(1, DType.F32));
        Expr gelu = z.times(0.5).times(z.times(0.7071067811865476).erf().plus(1));
        return b.build(new Kernel.Contract(
                b.input(DType.F32, m, 29),
                b.input(DType.F32, 29, n),
                null,
                null,
                DType.F32,
                List.of(bias, residual),
                gelu.plus(Expr.arg(2, DType.F32)),
                b.output(DType.F32, m, n)));
    }

    private static KernelCase position() {
        CaseBuilder b = new CaseBuilder("Contract finished by position");
        Expr e = Expr.arg(0, DType.I64)
                .plus(Expr.index(1))
                .plus(Expr.index(0).times(1000))
                .plus(Expr.index(Expr.Index.LINEAR).times(100000));
        return b.build(new Kernel.Contract(
                b.input(DType.I64, 3, 4),
                b.input(DType.I64, 4, 5),
                null,
                null,
                DType.I64,
                List.of(),
                e,
                b.output(DType.I64, 3, 5)));
    }

    private static KernelCase special() {
        CaseBuilder b = new CaseBuilder("Contract special floats");
        View left = b.input(b.values().special(DType.F32, 31 * 3), 31, 3);
        View right = b.input(b.values().special(DType.F32, 3 * 50), 3, 50);
        return b.build(plain(left, right, null, null, b.output(DType.F32, 31, 50)));
    }

    private static KernelCase specialInDouble() {
        CaseBuilder b = new CaseBuilder("Contract special doubles");
        View left = b.input(b.values().special(DType.F64, 31 * 3), 31, 3);
        View right = b.input(b.values().special(DType.F64, 3 * 50), 3, 50);
        return b.build(plain(left, right, null, null, b.output(DType.F64, 31, 50)));
    }

    private static KernelCase requantised() {
        CaseBuilder b = new CaseBuilder("Contract requantised to u8");
        View scale = b.input(DType.F32, 18).expand(11, 18);
        Expr scaled = Expr.arg(0, DType.I32)
                .castTo(DType.F32)
                .times(Expr.arg(1, DType.F32))
                .times(1e-3);
        Expr e = scaled.apply(UnaryFn.ROUND).plus(128).max(0).min(255).castTo(DType.U8);
        return b.build(new Kernel.Contract(
                b.input(DType.U8, 11, 40),
                b.input(DType.I8, 40, 18),
                b.input(DType.U8),
                null,
                DType.I32,
                List.of(scale),
                e,
                b.output(DType.U8, 11, 18)));
    }

    private static KernelCase nothingAdded() {
        CaseBuilder b = new CaseBuilder("Contract over no k, with an epilogue");
        View bias = b.input(DType.F32, 5).expand(4, 5);
        return b.build(new Kernel.Contract(
                b.input(DType.F32, 4, 0),
                b.input(DType.F32, 0, 5),
                null,
                null,
                DType.F32,
                List.of(bias),
                Expr.arg(0, DType.F32).plus(Expr.arg(1, DType.F32)),
                b.output(DType.F32, 4, 5)));
    }
}
