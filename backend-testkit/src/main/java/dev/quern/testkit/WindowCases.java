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
import org.jspecify.annotations.Nullable;

/// Pooling with padding, dilation, rounded-up extents, positions of maxima, and windows that meet nothing.
final class WindowCases {

    /// How a window slides, with one number for all spatial axes.
    ///
    /// @param in the dims of the input
    /// @param out the dims of the output
    private record Slide(String name, int taps, int stride, int dilation, int low, int high, int[] in, int[] out) {
        static final Slide PLAIN = new Slide("halving", 2, 2, 1, 0, 0, dims(2, 3, 6, 8), dims(2, 3, 3, 4));
        static final Slide PADDED = new Slide("overlapping", 3, 2, 1, 1, 1, dims(2, 4, 9, 7), dims(2, 4, 5, 4));

        static List<Slide> all() {
            return List.of(
                    PADDED,
                    new Slide("same", 3, 1, 1, 1, 1, dims(2, 5, 7, 9), dims(2, 5, 7, 9)),
                    new Slide("stride 3", 2, 3, 1, 0, 0, dims(1, 17, 8, 9), dims(1, 17, 3, 3)),
                    new Slide("dilated", 3, 2, 2, 2, 1, dims(1, 2, 11, 10), dims(1, 2, 5, 5)),
                    new Slide("rounded up", 3, 2, 1, 1, 1, dims(1, 2, 8, 6), dims(1, 2, 5, 4)),
                    new Slide("asymmetric", 3, 2, 1, 0, 2, dims(1, 2, 8, 5), dims(1, 2, 4, 3)),
                    new Slide("of nothing", 2, 2, 1, 4, 4, dims(1, 2, 3, 3), dims(1, 2, 5, 5)),
                    new Slide("of the whole plane", 7, 1, 1, 0, 0, dims(3, 9, 7, 7), dims(3, 9, 1, 1)),
                    new Slide("one axis", 4, 3, 1, 1, 1, dims(2, 3, 32), dims(2, 3, 11)),
                    new Slide("three axes", 2, 2, 1, 0, 1, dims(1, 2, 5, 6, 7), dims(1, 2, 3, 3, 4)),
                    new Slide("no images", 2, 2, 1, 0, 0, dims(0, 2, 4, 4), dims(0, 2, 2, 2)));
        }

        Kernel over(View x, WindowReducer reducer, boolean countPadding, View output, @Nullable View indices) {
            return new Kernel.Window(
                    x,
                    reducer,
                    each(taps),
                    each(stride),
                    each(dilation),
                    each(low),
                    each(high),
                    countPadding,
                    output,
                    indices);
        }

        private List<Integer> each(int n) {
            return Collections.nCopies(in.length - 2, n);
        }
    }

    private WindowCases() {}

    private static int[] dims(int... dims) {
        return dims;
    }

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (WindowReducer reducer : WindowReducer.values()) {
            MapCases.types().stream()
                    .filter(type -> type != DType.BOOL)
                    // the number of taps must fit into the type that it divides in
                    .filter(type -> reducer != WindowReducer.AVERAGE || type.isFloat() || type.bits() >= 8)
                    .forEach(type -> cases.add(pool(reducer, type, Layout.DENSE, Slide.PLAIN)));
            Slide.all().forEach(slide -> cases.add(pool(reducer, DType.F32, Layout.DENSE, slide)));
            for (Layout layout : Layout.values()) {
                cases.add(pool(reducer, DType.F32, layout, Slide.PADDED));
            }
            cases.add(special(reducer, DType.F32));
            cases.add(special(reducer, DType.BF16));
        }
        return cases.stream();
    }

    private static KernelCase pool(WindowReducer reducer, DType type, Layout layout, Slide slide) {
        CaseBuilder b = new CaseBuilder("Window " + reducer + " of " + type + " " + slide.name() + " " + layout);
        return finish(b, reducer, b.input(type, layout, slide.in()), slide, layout.forOutputs());
    }

    private static KernelCase special(WindowReducer reducer, DType type) {
        CaseBuilder b = new CaseBuilder("Window " + reducer + " of equal and special " + type);
        Slide slide = new Slide("same", 3, 1, 1, 1, 1, dims(1, 3, 8, 9), dims(1, 3, 8, 9));
        Tensor data = b.values().repeated(type, 3 * 8 * 9);
        return finish(b, reducer, b.input(data, slide.in()), slide, Layout.DENSE);
    }

    /// Floats are pooled twice, with padding counted and not; beside maxima go their positions.
    private static KernelCase finish(CaseBuilder b, WindowReducer reducer, View x, Slide slide, Layout to) {
        View indices = reducer == WindowReducer.MAX ? b.output(DType.I64, to, slide.out()) : null;
        b.step(slide.over(x, reducer, false, b.output(x.dtype(), to, slide.out()), indices));
        if (x.dtype().isFloat()) {
            b.step(slide.over(x, reducer, true, b.output(x.dtype(), to, slide.out()), null));
        }
        return b.build();
    }
}
