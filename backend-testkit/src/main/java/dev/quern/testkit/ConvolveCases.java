package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// Convolutions of one to three spatial axes with every number of their geometry, and both gradients.
final class ConvolveCases {

    /// A geometry with one number for all spatial axes, as a case starts from it.
    private record Shape(int stride, int dilation, int low, int high, int spread, int featureGroups, int batchGroups) {
        static final Shape PLAIN = new Shape(1, 1, 0, 0, 1, 1, 1);

        Shape stride(int n) {
            return new Shape(n, dilation, low, high, spread, featureGroups, batchGroups);
        }

        Shape dilation(int n) {
            return new Shape(stride, n, low, high, spread, featureGroups, batchGroups);
        }

        Shape pad(int l, int h) {
            return new Shape(stride, dilation, l, h, spread, featureGroups, batchGroups);
        }

        Shape spread(int n) {
            return new Shape(stride, dilation, low, high, n, featureGroups, batchGroups);
        }

        Shape features(int n) {
            return new Shape(stride, dilation, low, high, spread, n, batchGroups);
        }

        Shape batches(int n) {
            return new Shape(stride, dilation, low, high, spread, featureGroups, n);
        }

        Kernel.Geometry over(int axes) {
            return new Kernel.Geometry(
                    Collections.nCopies(axes, stride),
                    Collections.nCopies(axes, dilation),
                    Collections.nCopies(axes, low),
                    Collections.nCopies(axes, high),
                    Collections.nCopies(axes, spread),
                    featureGroups,
                    batchGroups);
        }

        /// The dims of the output.
        int[] output(View input, View weights) {
            int[] dims = weights.dims();
            dims[0] = input.dim(0) / batchGroups;
            dims[1] = weights.dim(0);
            for (int i = 2; i < dims.length; i++) {
                int extent = input.dim(i) == 0 ? 0 : (input.dim(i) - 1) * spread + 1;
                int room = extent + low + high - ((weights.dim(i) - 1) * dilation + 1);
                dims[i] = room < 0 ? 0 : room / stride + 1;
            }
            return dims;
        }
    }

    private ConvolveCases() {}

    static Stream<KernelCase> all() {
        Shape p = Shape.PLAIN;
        List<KernelCase> cases = new ArrayList<>(List.of(
                plain("3×3", p, DType.F32, dims(2, 3, 7, 9), dims(5, 3, 3, 3)),
                plain("3×3 padded, digits", p.pad(1, 1), DType.F32, dims(3, 16, 8, 8), dims(17, 16, 3, 3)),
                plain("1×1", p, DType.F32, dims(2, 33, 5, 5), dims(16, 33, 1, 1)),
                plain("1×1 with stride", p.stride(2), DType.F32, dims(1, 6, 9, 8), dims(7, 6, 1, 1)),
                plain(
                        "5×5 with stride and padding",
                        p.stride(2).pad(2, 1),
                        DType.F32,
                        dims(1, 3, 15, 17),
                        dims(8, 3, 5, 5)),
                plain("dilation", p.dilation(3).pad(2, 2), DType.F32, dims(1, 2, 13, 11), dims(4, 2, 3, 3)),
                plain(
                        "input dilation (transposed)",
                        p.spread(2).pad(2, 2),
                        DType.F32,
                        dims(2, 4, 5, 6),
                        dims(3, 4, 3, 3)),
                plain(
                        "input dilation 3, stride 2",
                        p.spread(3).stride(2).pad(1, 0),
                        DType.F32,
                        dims(1, 4, 5, 6),
                        dims(3, 4, 4, 2)),
                plain(
                        "transposed, many channels",
                        p.spread(2).pad(2, 2),
                        DType.F32,
                        dims(2, 9, 5, 6),
                        dims(10, 9, 3, 3)),
                plain(
                        "transposed, positions that no tap meets",
                        p.spread(3).pad(1, 1),
                        DType.F32,
                        dims(1, 8, 4, 5),
                        dims(16, 8, 2, 2)),
                plain("transposed, one axis", p.spread(2).pad(1, 2), DType.F32, dims(2, 8, 9), dims(16, 8, 4)),
                plain(
                        "transposed, groups",
                        p.spread(2).features(2).pad(1, 2),
                        DType.F32,
                        dims(1, 16, 5, 5),
                        dims(16, 8, 4, 4)),
                plain("negative padding", p.pad(-1, -2), DType.F32, dims(1, 2, 9, 8), dims(3, 2, 2, 2)),
                plain(
                        "negative padding of a dilated input",
                        p.pad(-2, -1).spread(2),
                        DType.F32,
                        dims(1, 2, 6, 7),
                        dims(3, 2, 3, 3)),
                plain("feature groups", p.features(3).pad(1, 1), DType.F32, dims(2, 6, 5, 7), dims(9, 2, 3, 3)),
                plain("depth-wise", p.features(20).pad(1, 1), DType.F32, dims(2, 20, 9, 6), dims(20, 1, 3, 3)),
                plain(
                        "depth-wise, two each, stride 2",
                        p.features(5).stride(2).pad(1, 1),
                        DType.F32,
                        dims(1, 5, 9, 9),
                        dims(10, 1, 3, 3)),
                plain(
                        "depth-wise, wide lines",
                        p.features(3).stride(2).dilation(2).pad(2, 1),
                        DType.F32,
                        dims(1, 3, 5, 300),
                        dims(3, 1, 3, 3)),
                plain(
                        "depth-wise, high planes",
                        p.features(2).pad(1, 2),
                        DType.F32,
                        dims(2, 2, 150, 9),
                        dims(2, 1, 5, 3)),
                plain("batch groups", p.batches(2).pad(1, 1), DType.F32, dims(6, 4, 5, 5), dims(8, 4, 3, 3)),
                plain("taps beyond the input", p.pad(3, 3), DType.F32, dims(1, 2, 2, 3), dims(2, 2, 5, 5)),
                plain("no output", p, DType.F32, dims(1, 2, 2, 3), dims(2, 2, 5, 5)),
                plain("no images", p, DType.F32, dims(0, 2, 5, 5), dims(3, 2, 3, 3)),
                plain("no channels in", p, DType.F32, dims(2, 0, 5, 5), dims(3, 0, 3, 3)),
                plain("no elements, padded", p.pad(2, 2), DType.F32, dims(1, 2, 0, 3), dims(3, 2, 3, 3)),
                plain("one axis", p.stride(2).pad(1, 2), DType.F32, dims(3, 4, 31), dims(6, 4, 5)),
                plain("three axes", p.pad(1, 1).stride(2), DType.F32, dims(1, 2, 5, 6, 7), dims(3, 2, 3, 2, 3)),
                plain("many channels", p.pad(1, 1), DType.F32, dims(1, 70, 6, 5), dims(66, 70, 3, 3)),
                plain("a wide line", p.pad(1, 1), DType.F32, dims(1, 3, 3, 131), dims(4, 3, 3, 3)),
                plain("f64", p.pad(1, 1), DType.F64, dims(2, 3, 6, 7), dims(4, 3, 3, 3)),
                plain("f16", p.pad(1, 1), DType.F16, dims(2, 3, 6, 7), dims(4, 3, 3, 3)),
                plain("bf16", p.pad(1, 1), DType.BF16, dims(2, 3, 6, 7), dims(4, 3, 3, 3)),
                plain("i8", p.pad(1, 1), DType.I8, dims(2, 3, 6, 7), dims(4, 3, 3, 3)),
                plain("i32", p.pad(1, 1), DType.I32, dims(2, 3, 6, 7), dims(4, 3, 3, 3)),
                channelsLast(),
                flippedTaps(),
                inputGradient(),
                weightGradient(),
                groupedWeightGradient(),
                quantised(false),
                quantised(true),
                biasAndActivation(),
                infiniteWeights(),
                position()));
        for (Layout layout : Layout.values()) {
            cases.add(layouts(layout));
        }
        return cases.stream();
    }

    private static int[] dims(int... dims) {
        return dims;
    }

    private static Kernel kernel(Shape shape, View input, View weights, DType accumulate, View output) {
        return new Kernel.Convolve(
                input,
                weights,
                null,
                null,
                shape.over(input.rank() - 2),
                accumulate,
                List.of(),
                Expr.arg(0, accumulate),
                output);
    }

    private static KernelCase plain(String name, Shape shape, DType type, int[] input, int[] weights) {
        CaseBuilder b = new CaseBuilder("Convolve " + name);
        View x = b.input(type, input);
        View w = b.input(type, weights);
        DType accumulate = type.isFloat() ? type.computeType() : DType.I32;
        return b.build(kernel(shape, x, w, accumulate, b.output(accumulate, shape.output(x, w))));
    }

    private static KernelCase layouts(Layout layout) {
        CaseBuilder b = new CaseBuilder("Convolve " + layout);
        Shape shape = Shape.PLAIN.pad(1, 1);
        View x = b.input(DType.F32, layout, 2, 3, 6, 7);
        View w = b.input(DType.F32, layout, 5, 3, 3, 3);
        Layout out = layout.forOutputs();
        return b.build(kernel(shape, x, w, DType.F32, b.output(DType.F32, out, shape.output(x, w))));
    }

    private static KernelCase channelsLast() {
        CaseBuilder b = new CaseBuilder("Convolve NHWC");
        View x = b.input(DType.F32, 2, 6, 5, 4).permute(0, 3, 1, 2);
        View w = b.input(DType.F32, 3, 3, 4, 7).permute(3, 2, 0, 1);
        View y = b.output(DType.F32, 2, 6, 5, 7).permute(0, 3, 1, 2);
        return b.build(kernel(Shape.PLAIN.pad(1, 1), x, w, DType.F32, y));
    }

    private static KernelCase flippedTaps() {
        CaseBuilder b = new CaseBuilder("Convolve with flipped taps");
        View x = b.input(DType.F32, 2, 3, 6, 5);
        View w = b.input(DType.F32, 4, 3, 3, 2).slice(2, 2, 3, -1).slice(3, 1, 2, -1);
        return b.build(kernel(Shape.PLAIN, x, w, DType.F32, b.output(DType.F32, Shape.PLAIN.output(x, w))));
    }

    private static KernelCase inputGradient() {
        CaseBuilder b = new CaseBuilder("Convolve: gradient of the input");
        // Forward: stride 2, padding 1, 3×3 from 7×7 to 4×4.
        View dy = b.input(DType.F32, 2, 5, 4, 4);
        View w = b.input(DType.F32, 5, 3, 3, 3)
                .permute(1, 0, 2, 3)
                .slice(2, 2, 3, -1)
                .slice(3, 2, 3, -1);
        Shape shape = Shape.PLAIN.spread(2).pad(1, 1);
        return b.build(kernel(shape, dy, w, DType.F32, b.output(DType.F32, shape.output(dy, w))));
    }

    private static KernelCase weightGradient() {
        CaseBuilder b = new CaseBuilder("Convolve: gradient of the weights");
        View x = b.input(DType.F32, 6, 3, 7, 7).permute(1, 0, 2, 3);
        View dy = b.input(DType.F32, 6, 5, 4, 4).permute(1, 0, 2, 3);
        Shape shape = Shape.PLAIN.dilation(2).pad(1, 1);
        View dw = b.output(DType.F32, 5, 3, 3, 3).permute(1, 0, 2, 3);
        return b.build(kernel(shape, x, dy, DType.F32, dw));
    }

    private static KernelCase groupedWeightGradient() {
        CaseBuilder b = new CaseBuilder("Convolve: gradient of grouped weights");
        View x = b.input(DType.F32, 4, 6, 5, 5).permute(1, 0, 2, 3);
        View dy = b.input(DType.F32, 4, 8, 5, 5).permute(1, 0, 2, 3);
        Shape shape = Shape.PLAIN.batches(2).pad(1, 1);
        View dw = b.output(DType.F32, 8, 3, 3, 3).permute(1, 0, 2, 3);
        return b.build(kernel(shape, x, dy, DType.F32, dw));
    }

    private static KernelCase quantised(boolean each) {
        CaseBuilder b = new CaseBuilder("Convolve u8 × i8 with zero points" + (each ? ", one a channel" : ""));
        View x = b.input(DType.U8, 2, 3, 6, 5);
        View w = b.input(DType.I8, 4, 3, 3, 3);
        Shape shape = Shape.PLAIN.pad(1, 1);
        View wZero = each ? b.input(DType.I8, 4, 1, 1, 1) : b.input(DType.I8);
        View y = b.output(DType.I32, shape.output(x, w));
        return b.build(new Kernel.Convolve(
                x, w, b.input(DType.U8), wZero, shape.over(2), DType.I32, List.of(), Expr.arg(0, DType.I32), y));
    }

    private static KernelCase biasAndActivation() {
        CaseBuilder b = new CaseBuilder("Convolve with bias, residual and activation");
        View x = b.input(DType.F32, 2, 3, 6, 7);
        View w = b.input(DType.F32, 5, 3, 3, 3);
        Shape shape = Shape.PLAIN.pad(1, 1);
        int[] out = shape.output(x, w);
        View bias = b.input(DType.F32, 5, 1, 1).expand(out);
        View residual = b.input(DType.F32, out);
        Expr e = Expr.arg(0, DType.F32)
                .plus(Expr.arg(1, DType.F32))
                .plus(Expr.arg(2, DType.F32))
                .max(0);
        return b.build(new Kernel.Convolve(
                x, w, null, null, shape.over(2), DType.F32, List.of(bias, residual), e, b.output(DType.F32, out)));
    }

    private static KernelCase infiniteWeights() {
        CaseBuilder b = new CaseBuilder("Convolve: padding meets infinite weights");
        Tensor special = b.values().special(DType.F32, 2 * 2 * 9);
        View x = b.input(DType.F32, 1, 2, 4, 5);
        View w = b.input(special, 2, 2, 3, 3);
        Shape shape = Shape.PLAIN.pad(1, 1);
        return b.build(kernel(shape, x, w, DType.F32, b.output(DType.F32, shape.output(x, w))));
    }

    private static KernelCase position() {
        CaseBuilder b = new CaseBuilder("Convolve finished by position");
        View x = b.input(DType.I32, 2, 2, 4, 5);
        View w = b.input(DType.I32, 3, 2, 2, 2);
        Expr at = Expr.index(0)
                .times(7)
                .plus(Expr.index(1).times(5))
                .plus(Expr.index(2).times(3))
                .plus(Expr.index(3));
        Expr e = Expr.arg(0, DType.I32)
                .castTo(DType.I64)
                .plus(at)
                .minus(Expr.index(Expr.Index.LINEAR).times(1000));
        return b.build(new Kernel.Convolve(
                x,
                w,
                null,
                null,
                Shape.PLAIN.over(2),
                DType.I32,
                List.of(),
                e,
                b.output(DType.I64, Shape.PLAIN.output(x, w))));
    }
}
