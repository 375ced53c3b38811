package dev.quern.differential;

import static dev.quern.differential.Settled.at;
import static dev.quern.differential.Settled.floats;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;

/// What was settled of pools, convolutions, resizing and padding.
final class SettledWindows {
    private SettledWindows() {}

    static List<Settled> rows() {
        return List.of(
                at(
                        19,
                        "AveragePool auto_pad: pads by nothing where a stride is longer than the kernel",
                        n -> {
                            n.fresh(floats(1, 2, 3).reshape(1, 1, 3), 100);
                            n.with("kernel_shape", new long[] {1}).with("strides", new long[] {3});
                            n.with("auto_pad", "SAME_UPPER").with("count_include_pad", 1);
                        },
                        floats(1).reshape(1, 1, 1)),
                at(
                        13,
                        "Resize pytorch_half_pixel: the one element of an axis lies at 0",
                        n -> {
                            n.fresh(floats(1, 7, 3, 5).reshape(1, 1, 4), 100);
                            n.absent().absent().longs(1, 1, 1);
                            n.with("mode", "cubic").with("coordinate_transformation_mode", "pytorch_half_pixel");
                        },
                        floats(1).reshape(1, 1, 1)),
                at(
                        13,
                        "Resize of integers: rounded and kept in range, as onnx's reference does; ONNX Runtime cuts off",
                        n -> {
                            n.fresh(Tensor.wrap(DType.U8, new byte[] {1, 4, (byte) 255, 0}, 1, 1, 2, 2), 100);
                            n.absent().fresh(floats(1, 1, 1, 2), 0);
                            n.with("mode", "linear");
                        },
                        Tensor.wrap(DType.U8, new byte[] {1, 2, 3, 4, (byte) 255, (byte) 191, 64, 0}, 1, 1, 2, 4)),
                at(
                        12,
                        "MaxPool VALID with ceil_mode: the standard's formula counts ceil((6 - 3 + 1) / 2) windows",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4, 5, 6).reshape(1, 1, 6), 100);
                            n.with("kernel_shape", new long[] {3}).with("strides", new long[] {2});
                            n.with("auto_pad", "VALID").with("ceil_mode", 1);
                        },
                        floats(3, 5).reshape(1, 1, 2)),
                at(
                        18,
                        "Resize along axes counted from the end keeps the ratio too",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4).reshape(1, 1, 2, 2), 100);
                            n.absent().absent().longs(3, 1);
                            n.with("axes", new long[] {-1, -2}).with("keep_aspect_ratio_policy", "not_larger");
                        },
                        floats(1).reshape(1, 1, 1, 1)),
                at(
                        12,
                        "MaxPool auto_pad counts the kernel's dilations, which ONNX Runtime forgets",
                        n -> {
                            n.fresh(floats(1, 5, 2, 4, 3).reshape(1, 1, 5), 100);
                            n.with("kernel_shape", new long[] {2}).with("dilations", new long[] {2});
                            n.with("auto_pad", "SAME_UPPER");
                        },
                        floats(5, 2, 5, 3, 4).reshape(1, 1, 5)),
                at(
                        18,
                        "Resize aligns corners with the product of extent and scale, as the standard's cases do",
                        n -> {
                            n.fresh(floats(0, 10, 20).reshape(1, 1, 1, 3), 100);
                            n.absent().fresh(floats(1, 1, 1, 1.5), 0);
                            n.with("mode", "linear").with("coordinate_transformation_mode", "align_corners");
                        },
                        floats(0, 40.0 / 7, 80.0 / 7, 120.0 / 7).reshape(1, 1, 1, 4)),
                at(
                        13,
                        "Resize cubic of integers is kept in range, which ONNX Runtime lets wrap",
                        n -> {
                            n.fresh(Tensor.wrap(DType.U8, new byte[] {0, 0, -1, -1}, 1, 1, 1, 4), 100);
                            n.absent().fresh(floats(1, 1, 1, 2), 0);
                            n.with("mode", "cubic");
                        },
                        Tensor.wrap(DType.U8, new byte[] {0, 0, 0, 58, (byte) 197, -1, -1, -1}, 1, 1, 1, 8)),
                at(
                        18,
                        "Resize antialias of signed integers, which ONNX Runtime takes for unsigned ones",
                        n -> {
                            n.fresh(Tensor.wrap(DType.I8, new byte[] {-10, -20, -30, -45}, 1, 1, 1, 4), 100);
                            n.absent().fresh(floats(1, 1, 1, 0.5), 0);
                            n.with("mode", "linear").with("antialias", 1);
                        },
                        Tensor.wrap(DType.I8, new byte[] {-16, -36}, 1, 1, 1, 2)),
                at(
                        16,
                        "RoiAlign max: the largest weighted corner, as the standard's reference has it",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4).reshape(1, 1, 2, 2), 100);
                            n.fresh(floats(0, 0, 2, 2).reshape(1, 4), 100);
                            n.longs(0);
                            n.with("mode", "max").with("sampling_ratio", 1);
                        },
                        floats(1).reshape(1, 1, 1, 1)),
                at(
                        20,
                        "AffineGrid with corners aligned: the one position of an axis is the first, in ONNX Runtime the last",
                        n -> {
                            n.fresh(floats(1, 0, 0, 0, 1, 0).reshape(1, 2, 3), 100);
                            n.longs(1, 1, 1, 1).with("align_corners", 1);
                        },
                        floats(-1, -1).reshape(1, 1, 1, 2)),
                at(
                        11,
                        "ConvTranspose auto_pad: extent times stride, also where a kernel is shorter than its stride",
                        n -> {
                            n.fresh(floats(1, 2).reshape(1, 1, 2), 100);
                            n.fresh(floats(1).reshape(1, 1, 1), 0);
                            n.with("strides", new long[] {3}).with("auto_pad", "SAME_UPPER");
                        },
                        floats(1, 0, 0, 2, 0, 0).reshape(1, 1, 6)),
                at(
                        19,
                        "Pad wrap with a negative pad: a window on the torus that the whole data form; ONNX Runtime cuts first",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4), 100);
                            n.longs(-1, 2).with("mode", "wrap");
                        },
                        floats(2, 3, 4, 1, 2)),
                at(
                        19,
                        "Pad wrap goes around more than once",
                        n -> {
                            n.fresh(floats(1, 2), 100);
                            n.longs(3, 4).with("mode", "wrap");
                        },
                        floats(2, 1, 2, 1, 2, 1, 2, 1, 2)));
    }
}
