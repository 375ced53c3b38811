package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;
import static dev.quern.differential.ProductDraws.join;
import static dev.quern.differential.ProductDraws.kernel;
import static dev.quern.differential.ProductDraws.window;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// Pooling, normalization over channels, images.
final class PoolDraws {
    private PoolDraws() {}

    static List<OperatorDraw> rows() {
        List<OperatorDraw> rows = new ArrayList<>();
        rows.addAll(pools());
        rows.addAll(norms());
        rows.addAll(images());
        return rows;
    }

    private static void pool(NodeDraw n, boolean auto, boolean dilated, DType dtype) {
        long[] kernel =
                Arrays.stream(kernel(n)).map(k -> auto ? Math.max(3, k) : k).toArray();
        long[] spatial = window(n, kernel, auto, dilated);
        n.agreement(Agreement.sum(64, 20)).with("kernel_shape", kernel);
        n.of(Fill.FINITE, dtype, join(n.from(1, 2), n.from(1, 4), spatial));
        // ONNX Runtime ignores ceil_mode beside auto_pad.
        if (n.opset() >= 10 && !auto && n.chance(40)) {
            n.with("ceil_mode", 1);
        }
    }

    private static List<OperatorDraw> pools() {
        return List.of(
                row(8, "MaxPool", n -> {
                    boolean auto = n.chance(25);
                    // Beside auto_pad ONNX Runtime forgets dilations.
                    pool(
                            n,
                            auto,
                            n.opset() >= 10 && !auto,
                            n.opset() >= 12 ? n.type(DType.F32, DType.F64, DType.U8, DType.I8) : DType.F32);
                    if (n.chance(40)) {
                        n.outputs(2).with("storage_order", 0);
                    }
                }),
                row(7, "AveragePool", n -> {
                    // Where auto_pad needs no padding since a stride is longer than the kernel, ONNX Runtime pads by
                    // less than 0; the standard pads or does not.
                    boolean auto = n.chance(25);
                    pool(n, auto, n.opset() >= 19 && !auto, DType.F32);
                    n.with("count_include_pad", n.from(0, 1));
                }),
                row(7, "LpPool", n -> {
                    pool(n, false, n.opset() >= 18, DType.F32);
                    n.with("p", n.from(1, 3)).agreement(new Agreement(64, 64, 0));
                }),
                row(7, "GlobalAveragePool", n -> global(n)),
                row(7, "GlobalMaxPool", n -> global(n)),
                row(7, "GlobalLpPool", n -> global(n)),
                row(7, "LRN", n -> {
                    n.of(Fill.FINITE, DType.F32, n.from(1, 2), n.from(1, 9), n.from(1, 5), n.from(1, 5));
                    n.agreement(Agreement.FUNCTION);
                    n.with("size", n.oneOf(1, 3, 5)).with("alpha", n.real(0, 1)).with("beta", n.real(0.2, 1));
                    n.with("bias", n.real(1, 2));
                }));
    }

    private static void global(NodeDraw n) {
        Tensor x = n.of(Fill.FINITE, DType.F32, n.solid(3, 4));
        n.agreement(new Agreement(64, x.length() * 8.0, 0));
    }

    private static List<OperatorDraw> norms() {
        return List.of(
                row(7, "BatchNormalization", n -> {
                    Tensor x = n.any(Fill.FINITE, 2, 4, DType.F32, DType.F64);
                    long c = x.shape().dim(1).extent();
                    n.agreement(new Agreement(64, 200, 0));
                    n.of(Fill.FINITE, x.dtype(), c);
                    n.of(Fill.FINITE, x.dtype(), c);
                    n.of(Fill.FINITE, x.dtype(), c);
                    n.of(Fill.POSITIVE, x.dtype(), c);
                    n.with("epsilon", n.real(1e-5, 1e-2));
                }),
                row(7, "InstanceNormalization", n -> {
                    Tensor x = n.of(Fill.DISTINCT, DType.F32, n.from(1, 3), n.from(1, 9), n.from(2, 9), n.positive());
                    long c = x.shape().dim(1).extent();
                    n.agreement(new Agreement(64, 500, 0));
                    n.of(Fill.FINITE, x.dtype(), c);
                    n.of(Fill.FINITE, x.dtype(), c);
                }),
                row(17, "LayerNormalization", n -> {
                    Tensor x = n.of(Fill.DISTINCT, n.type(DType.F32, DType.F64), n.solid(1, 4));
                    int axis = n.axis(x.rank());
                    long[] shape = Arrays.copyOfRange(x.shape().extents(), axis < 0 ? axis + x.rank() : axis, x.rank());
                    n.agreement(new Agreement(64, 500, 0));
                    n.of(Fill.FINITE, x.dtype(), shape);
                    if (n.chance(60)) {
                        n.of(Fill.FINITE, x.dtype(), shape);
                    }
                    n.with("axis", axis).with("epsilon", n.real(1e-4, 1e-2)).outputs(n.oneOf(1, 1, 3));
                }),
                row(21, "GroupNormalization", n -> {
                    int groups = n.from(1, 3);
                    long c = (long) groups * n.from(1, 3);
                    n.of(Fill.DISTINCT, DType.F32, n.from(1, 3), c, n.from(2, 5), n.from(1, 5));
                    n.agreement(new Agreement(64, 500, 0));
                    n.of(Fill.FINITE, DType.F32, c);
                    n.of(Fill.FINITE, DType.F32, c);
                    n.with("num_groups", groups).with("epsilon", n.real(1e-4, 1e-2));
                }));
    }

    private static long[] image(NodeDraw n) {
        return new long[] {n.from(1, 2), n.from(1, 3), n.from(1, 7), n.from(1, 7)};
    }

    private static List<OperatorDraw> images() {
        return List.of(
                between(7, 8, "Upsample attributes", n -> {
                    n.of(Fill.FINITE, DType.F32, image(n));
                    n.with("scales", new float[] {1, 1, n.oneOf(1f, 2f, 1.5f), n.oneOf(1f, 2f, 3f)});
                    n.agreement(Agreement.sum(9, 20)).with("mode", n.oneOf("nearest", "linear"));
                }),
                between(9, 9, "Upsample", n -> {
                    n.of(Fill.FINITE, DType.F32, image(n));
                    n.fresh(Tensor.of(new float[] {1, 1, n.oneOf(1f, 2f, 1.5f), n.oneOf(1f, 2f, 3f)}, 4), 0);
                    n.agreement(Agreement.sum(9, 20)).with("mode", n.oneOf("nearest", "linear"));
                }),
                between(10, 10, "Resize 10", n -> {
                    n.of(Fill.FINITE, DType.F32, image(n));
                    n.fresh(Tensor.of(new float[] {1, 1, n.oneOf(1f, 2f, 0.5f), n.oneOf(1f, 2f, 0.6f)}, 4), 0);
                    n.agreement(Agreement.sum(9, 20)).with("mode", n.oneOf("nearest", "linear"));
                }),
                row(11, "Resize", n -> resize(n)),
                row(16, "GridSample", n -> {
                    long[] x = image(n);
                    DType dtype = n.type(DType.F32);
                    n.of(Fill.FINITE, dtype, x);
                    n.of(Fill.FINITE, dtype, x[0], n.from(1, 4), n.from(1, 4), 2);
                    n.agreement(new Agreement(64, 600, 0)).with("align_corners", n.from(0, 1));
                    String cubic = n.opset() >= 20 ? "cubic" : "bicubic";
                    String linear = n.opset() >= 20 ? "linear" : "bilinear";
                    // Ties between two pixels depend on roundings: nearest is not drawn.
                    n.with("mode", n.oneOf(linear, linear, cubic));
                    n.with("padding_mode", n.oneOf("zeros", "border", "reflection"));
                }),
                row(16, "RoiAlign", n -> {
                    long[] x = image(n);
                    n.of(Fill.FINITE, DType.F32, x);
                    long rois = n.from(1, 3);
                    Tensor boxes = Tensor.zeros(DType.F32, rois, 4);
                    for (int i = 0; i < boxes.length(); i++) {
                        boxes.elements().set(i, (double) n.real(0, 3) + (i % 4 < 2 ? 0 : 3));
                    }
                    n.fresh(boxes, 50);
                    Tensor batch = Tensor.zeros(DType.I64, rois);
                    for (int i = 0; i < rois; i++) {
                        batch.elements().set(i, (long) n.from(0, (int) x[0] - 1));
                    }
                    n.fresh(batch, 50);
                    n.agreement(new Agreement(64, 200, 0));
                    // ONNX Runtime takes the maximum before weighting, the standard after: only avg is drawn.
                    n.with("mode", "avg").with("output_height", n.from(1, 3)).with("output_width", n.from(1, 3));
                    n.with("sampling_ratio", n.from(0, 3)).with("spatial_scale", n.real(0.3, 1));
                    n.with("coordinate_transformation_mode", n.oneOf("half_pixel", "output_half_pixel"));
                }),
                row(18, "Col2Im", n -> {
                    long[] k = {n.from(1, 3), n.from(1, 3)};
                    long[] size = {k[0] + n.from(0, 4), k[1] + n.from(0, 4)};
                    long blocks = (size[0] - k[0] + 1) * (size[1] - k[1] + 1);
                    n.of(Fill.FINITE, DType.F32, n.from(1, 2), n.from(1, 3) * k[0] * k[1], blocks);
                    n.longs(size).longs(k).agreement(Agreement.sum(9, 10));
                }));
    }

    private static void resize(NodeDraw n) {
        long[] x = image(n);
        String mode = n.oneOf("nearest", "linear", "cubic");
        // Between integers the cubic kernel overshoots their range, which ONNX Runtime lets wrap.
        Tensor image = n.of(Fill.FINITE, mode.equals("cubic") ? DType.F32 : n.type(DType.F32, DType.U8, DType.I8), x);
        n.agreement(new Agreement(64, 600, 0).roundedToInteger()).with("mode", mode);
        String transform = n.oneOf("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel");
        n.with("coordinate_transformation_mode", transform);
        if (mode.equals("nearest")) {
            n.with("nearest_mode", n.oneOf("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"));
        }
        if (mode.equals("cubic")) {
            n.with("cubic_coeff_a", n.oneOf(-0.75f, -0.5f)).with("exclude_outside", n.from(0, 1));
        }
        if (n.opset() < 13) {
            n.fresh(Tensor.zeros(DType.F32, 0), 0);
        } else {
            n.absent();
        }
        // ONNX Runtime aligns corners with the rounded extent, the standard's own cases with the product.
        boolean bySize = transform.equals("align_corners") || n.chance(40);
        if (bySize) {
            if (n.opset() < 13) {
                n.fresh(Tensor.zeros(DType.F32, 0), 0);
            } else {
                n.absent();
            }
            n.fresh(
                    Tensor.of(
                            LongStream.of(x[0], x[1], n.from(1, 9), n.from(1, 9))
                                    .toArray(),
                            4),
                    10);
        } else {
            n.fresh(Tensor.of(new float[] {1, 1, n.oneOf(1f, 2f, 0.5f, 3f, 1.5f), n.oneOf(1f, 2f, 0.6f)}, 4), 10);
        }
        // ONNX Runtime takes signed integers for unsigned ones there.
        if (n.opset() >= 18 && !mode.equals("nearest") && image.dtype() != DType.I8 && n.chance(30)) {
            n.with("antialias", 1);
        }
    }
}
