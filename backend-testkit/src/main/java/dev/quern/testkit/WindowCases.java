package dev.quern.testkit;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Kernel.WindowReducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// Pooling with padding, dilation, rounded-up extents, positions of maxima, and windows that meet nothing.
final class WindowCases {
    private WindowCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (WindowReducer reducer : WindowReducer.values()) {
            for (DType type : MapCases.types()) {
                if (type != DType.BOOL) {
                    cases.add(pool(reducer + " of " + type, reducer, type, Layout.DENSE, 2, 2, 1, 0, 0, dims(2, 3, 6, 8), dims(2, 3, 3, 4)));
                }
            }
            DType f = DType.F32;
            cases.add(pool(reducer + " overlapping", reducer, f, Layout.DENSE, 3, 1, 1, 1, 1, dims(2, 5, 7, 9), dims(2, 5, 7, 9)));
            cases.add(pool(reducer + " stride 3", reducer, f, Layout.DENSE, 2, 3, 1, 0, 0, dims(1, 17, 8, 9), dims(1, 17, 3, 3)));
            cases.add(pool(reducer + " dilated", reducer, f, Layout.DENSE, 3, 2, 2, 2, 1, dims(1, 2, 11, 10), dims(1, 2, 5, 5)));
            cases.add(pool(reducer + " rounded up", reducer, f, Layout.DENSE, 3, 2, 1, 1, 1, dims(1, 2, 8, 6), dims(1, 2, 5, 4)));
            cases.add(pool(reducer + " asymmetric", reducer, f, Layout.DENSE, 3, 2, 1, 0, 2, dims(1, 2, 8, 5), dims(1, 2, 4, 3)));
            cases.add(pool(reducer + " of nothing", reducer, f, Layout.DENSE, 2, 2, 1, 4, 4, dims(1, 2, 3, 3), dims(1, 2, 5, 5)));
            cases.add(pool(reducer + " of the whole plane", reducer, f, Layout.DENSE, 7, 1, 1, 0, 0, dims(3, 9, 7, 7), dims(3, 9, 1, 1)));
            cases.add(pool(reducer + " one axis", reducer, f, Layout.DENSE, 4, 3, 1, 1, 1, dims(2, 3, 32), dims(2, 3, 11)));
            cases.add(pool(reducer + " three axes", reducer, f, Layout.DENSE, 2, 2, 1, 0, 1, dims(1, 2, 5, 6, 7), dims(1, 2, 3, 3, 4)));
            cases.add(pool(reducer + " no images", reducer, f, Layout.DENSE, 2, 2, 1, 0, 0, dims(0, 2, 4, 4), dims(0, 2, 2, 2)));
            for (Layout layout : Layout.values()) {
                cases.add(pool(reducer + " " + layout, reducer, f, layout, 3, 2, 1, 1, 1, dims(2, 4, 9, 7), dims(2, 4, 5, 4)));
            }
            cases.add(special(reducer, DType.F32));
            cases.add(special(reducer, DType.BF16));
        }
        return cases.stream();
    }

    private static int[] dims(int... dims) {
        return dims;
    }

    private static KernelCase pool(
            String name, WindowReducer reducer, DType type, Layout layout, int taps, int stride, int dilation, int low,
            int high, int[] in, int[] out) {
        CaseBuilder b = new CaseBuilder("Window " + name);
        View x = b.input(type, layout, in);
        Layout to = layout == Layout.REPEATED ? Layout.DENSE : layout;
        return finish(b, reducer, x, taps, stride, dilation, low, high, to, out);
    }

    private static KernelCase special(WindowReducer reducer, DType type) {
        CaseBuilder b = new CaseBuilder("Window " + reducer + " of equal and special " + type);
        Tensor data = b.values().repeated(type, 3 * 8 * 9);
        return finish(b, reducer, b.input(data, 1, 3, 8, 9), 3, 1, 1, 1, 1, Layout.DENSE, dims(1, 3, 8, 9));
    }

    /// One result for MAX with positions beside it, two (padding counted or not) for AVERAGE.
    private static KernelCase finish(
            CaseBuilder b, WindowReducer reducer, View x, int taps, int stride, int dilation, int low, int high,
            Layout to, int[] out) {
        int axes = x.rank() - 2;
        boolean integer = !x.dtype().isFloat();
        View indices = reducer == WindowReducer.MAX ? b.output(DType.I64, to, out) : null;
        b.step(new Kernel.Window(
                x, reducer, all(axes, taps), all(axes, stride), all(axes, dilation), all(axes, low), all(axes, high),
                false, b.output(x.dtype(), to, out), indices));
        if (!integer) {
            b.step(new Kernel.Window(
                    x, reducer, all(axes, taps), all(axes, stride), all(axes, dilation), all(axes, low),
                    all(axes, high), true, b.output(x.dtype(), to, out), null));
        }
        return b.build();
    }

    private static List<Integer> all(int axes, int n) {
        return Collections.nCopies(axes, n);
    }
}
