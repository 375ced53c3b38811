package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Every function on every type it accepts, every cast, positions, every layout.
final class MapCases {
    private MapCases() {}

    /// The element types of numbers and `bool`.
    static List<DType> types() {
        return Stream.of(DType.values()).filter(t -> !t.isHostOnly()).toList();
    }

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (DType type : types()) {
            Stream.of(UnaryFn.values()).filter(f -> f.accepts(type)).forEach(f -> cases.add(unary(f, type)));
            Stream.of(BinaryFn.values()).filter(f -> f.accepts(type)).forEach(f -> cases.add(binary(f, type)));
            types().forEach(to -> cases.add(cast(type, to)));
            types().stream().filter(to -> to.bits() == type.bits()).forEach(to -> cases.add(bitCast(type, to)));
            cases.add(select(type));
        }
        for (int length : new int[] {0, 1, 2, 7, 15, 16, 17, 31, 64, 509, 4099}) {
            cases.add(length(length));
        }
        for (Layout in : Layout.values()) {
            Stream.of(Layout.values()).filter(out -> out != Layout.REPEATED).forEach(out -> cases.add(layout(in, out)));
        }
        cases.addAll(List.of(scalar(), index(), manyAxes(), emptyAxis(), severalOutputs(), shared(), noOperand()));
        return cases.stream();
    }

    private static KernelCase unary(UnaryFn fn, DType type) {
        CaseBuilder b = new CaseBuilder("Map " + fn + " of " + type);
        View x = b.input(b.values().special(type, 173), 173);
        Expr e = Expr.arg(0, type).apply(fn);
        return b.build(new Kernel.Map(List.of(x), List.of(e), List.of(b.output(e.dtype(), 173))));
    }

    private static KernelCase binary(BinaryFn fn, DType type) {
        CaseBuilder b = new CaseBuilder("Map " + fn + " of " + type);
        int n = 311;
        View x = b.input(b.values().special(type, n), n);
        Tensor second = switch (fn) {
            case DIV, MOD, REM ->
                type.isFloat()
                        ? b.values().special(type, n)
                        : b.values().between(type, 1, type.bits() < 8 ? 1 << (type.bits() - 1) : 100, n);
            case POW ->
                type.isFloat()
                        ? b.values().special(type, n)
                        : b.values().between(type, 0, type.bits() < 8 ? 1 << (type.bits() - 1) : 9, n);
            case SHL, SHR -> b.values().between(type, 0, 2 + type.bits(), n);
            case EQ, NE, LT, LE, GT, GE -> b.values().repeated(type, n);
            default -> b.values().special(type, n);
        };
        if (fn.isComparison()) {
            x = b.input(b.values().repeated(type, n), n);
        }
        Expr e = Expr.arg(0, type).apply(fn, Expr.arg(1, type));
        return b.build(new Kernel.Map(List.of(x, b.input(second, n)), List.of(e), List.of(b.output(e.dtype(), n))));
    }

    private static KernelCase cast(DType from, DType to) {
        CaseBuilder b = new CaseBuilder("Map Cast " + from + " to " + to);
        View x = b.input(b.values().special(from, 211), 211);
        Expr e = new Expr.Cast(to, Expr.arg(0, from));
        return b.build(new Kernel.Map(List.of(x), List.of(e), List.of(b.output(to, 211))));
    }

    private static KernelCase bitCast(DType from, DType to) {
        CaseBuilder b = new CaseBuilder("Map BitCast " + from + " to " + to);
        View x = b.input(
                from == DType.BOOL || to == DType.BOOL
                        ? b.values().between(from, 0, 2, 61)
                        : b.values().any(from, 61),
                61);
        Expr e = new Expr.BitCast(to, Expr.arg(0, from));
        return b.build(new Kernel.Map(List.of(x), List.of(e), List.of(b.output(to, 61))));
    }

    private static KernelCase select(DType type) {
        CaseBuilder b = new CaseBuilder("Map Select of " + type);
        List<View> in = List.of(b.input(DType.BOOL, 5, 9), b.input(type, Layout.TRANSPOSED, 5, 9), b.input(type, 5, 9));
        Expr e = Expr.select(Expr.arg(0, DType.BOOL), Expr.arg(1, type), Expr.arg(2, type));
        return b.build(new Kernel.Map(in, List.of(e), List.of(b.output(type, 5, 9))));
    }

    private static Expr silu(int arg) {
        Expr x = Expr.arg(arg, DType.F32);
        return x.times(x.sigmoid());
    }

    private static KernelCase length(int n) {
        CaseBuilder b = new CaseBuilder("Map over " + n + " elements");
        View x = b.input(DType.F32, n);
        View y = b.input(DType.F32, Layout.OFFSET, n);
        Expr e = silu(0).plus(Expr.arg(1, DType.F32).tanh()).times(0.5);
        return b.build(new Kernel.Map(List.of(x, y), List.of(e), List.of(b.output(DType.F32, n))));
    }

    private static KernelCase layout(Layout in, Layout out) {
        CaseBuilder b = new CaseBuilder("Map from " + in + " to " + out);
        int[] dims = {3, 5, 17};
        View x = b.input(DType.F32, in, dims);
        View y = b.input(DType.F32, dims);
        Expr e = silu(0).minus(Expr.arg(1, DType.F32));
        return b.build(new Kernel.Map(List.of(x, y), List.of(e), List.of(b.output(DType.F32, out, dims))));
    }

    private static KernelCase scalar() {
        CaseBuilder b = new CaseBuilder("Map of rank 0");
        View x = b.input(DType.F32);
        return b.build(new Kernel.Map(List.of(x), List.of(silu(0)), List.of(b.output(DType.F32))));
    }

    private static KernelCase index() {
        CaseBuilder b = new CaseBuilder("Map of positions");
        int[] dims = {4, 3, 19};
        Expr sum = Expr.index(0)
                .times(100)
                .plus(Expr.index(2))
                .plus(Expr.index(Expr.Index.LINEAR).times(10000));
        Expr angle = Expr.index(1).castTo(DType.F32).apply(UnaryFn.SIN);
        View longs = b.output(DType.I64, Layout.TRANSPOSED, dims);
        View floats = b.output(DType.F32, dims);
        return b.build(new Kernel.Map(List.of(), List.of(sum, angle), List.of(longs, floats)));
    }

    private static KernelCase manyAxes() {
        CaseBuilder b = new CaseBuilder("Map over six axes, most of them repeated");
        View x = b.input(DType.F32, 3, 1, 2, 1).expand(2, 3, 3, 4, 2, 5);
        View y = b.input(DType.F32, 5).expand(2, 3, 3, 4, 2, 5);
        Expr e = Expr.arg(0, DType.F32).times(Expr.arg(1, DType.F32));
        return b.build(new Kernel.Map(List.of(x, y), List.of(e), List.of(b.output(DType.F32, 2, 3, 3, 4, 2, 5))));
    }

    private static KernelCase emptyAxis() {
        CaseBuilder b = new CaseBuilder("Map over an empty axis");
        View x = b.input(DType.F32, 3, 0, 4);
        return b.build(new Kernel.Map(List.of(x), List.of(silu(0)), List.of(b.output(DType.F32, 3, 0, 4))));
    }

    private static KernelCase severalOutputs() {
        CaseBuilder b = new CaseBuilder("Map with three outputs (AdamW)");
        int n = 1031;
        List<View> in =
                List.of(b.input(DType.F32, n), b.input(DType.F32, n), b.input(DType.F32, n), b.input(DType.F32, n));
        Expr p = Expr.arg(0, DType.F32);
        Expr g = Expr.arg(1, DType.F32);
        Expr m = Expr.arg(2, DType.F32).times(0.9).plus(g.times(0.1));
        Expr v = Expr.arg(3, DType.F32).abs().times(0.999).plus(g.times(g).times(0.001));
        Expr next = p.times(0.9999).minus(m.dividedBy(v.sqrt().plus(1e-8)).times(0.001));
        List<View> out = List.of(b.output(DType.F32, n), b.output(DType.F32, n), b.output(DType.F32, n));
        return b.build(new Kernel.Map(in, List.of(next, m, v), out));
    }

    private static KernelCase shared() {
        CaseBuilder b = new CaseBuilder("Map of types mixed by casts");
        int n = 97;
        List<View> in = List.of(b.input(DType.U8, n), b.input(DType.F16, n), b.input(DType.I64, n));
        Expr scaled = Expr.arg(0, DType.U8).castTo(DType.F32).minus(128).times(0.0175);
        Expr e = scaled.plus(Expr.arg(1, DType.F16).castTo(DType.F32))
                .plus(Expr.arg(2, DType.I64).castTo(DType.F32));
        List<View> out = List.of(b.output(DType.F32, n), b.output(DType.BF16, n));
        return b.build(new Kernel.Map(in, List.of(e, e.castTo(DType.BF16)), out));
    }

    private static KernelCase noOperand() {
        CaseBuilder b = new CaseBuilder("Map of a constant");
        return b.build(new Kernel.Map(
                List.of(), List.of(Expr.constant(DType.F32, 2.5)), List.of(b.output(DType.F32, Layout.GAPPED, 4, 5))));
    }
}
