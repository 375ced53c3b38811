package dev.quern.differential;

import static dev.quern.differential.ElementwiseDraws.NUMBERS;
import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;
import static dev.quern.differential.OperatorDraw.until;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// What moves elements without looking at them.
final class ShapingDraws {
    private ShapingDraws() {}

    static List<OperatorDraw> rows() {
        List<OperatorDraw> rows = new ArrayList<>();
        rows.addAll(views());
        rows.addAll(joining());
        rows.addAll(cutting());
        rows.addAll(making());
        return rows;
    }

    private static Tensor any(NodeDraw n, int leastRank, int mostRank) {
        return n.any(Fill.ANY, leastRank, mostRank, NUMBERS);
    }

    private static List<OperatorDraw> views() {
        return List.of(
                row(7, "Transpose", n -> {
                    Tensor x = any(n, 0, 4);
                    if (n.chance(80) && x.rank() > 0) {
                        n.with("perm", n.permutation(x.rank()));
                    }
                }),
                row(7, "Reshape", n -> {
                    Tensor x = any(n, 0, 4);
                    n.longs(target(n, x));
                    if (n.opset() >= 14 && n.chance(20)) {
                        n.with("allowzero", 1);
                    }
                }),
                row(7, "Flatten", n -> {
                    Tensor x = any(n, 1, 4);
                    n.with("axis", n.from(n.opset() < 11 ? 0 : -x.rank(), x.rank()));
                }),
                until(12, "Squeeze attributes", n -> {
                    Tensor x = any(n, 0, 4);
                    long[] ones = ones(x);
                    if (ones.length > 0 && n.chance(70)) {
                        n.with("axes", ones);
                    }
                }),
                row(13, "Squeeze", n -> {
                    long[] ones = ones(any(n, 0, 4));
                    if (ones.length > 0 && n.chance(70)) {
                        n.longs(ones);
                    }
                }),
                until(12, "Unsqueeze attributes", n -> {
                    Tensor x = any(n, 0, 3);
                    n.with("axes", new long[] {n.from(0, x.rank())});
                }),
                row(13, "Unsqueeze", n -> {
                    Tensor x = any(n, 0, 3);
                    int count = n.from(1, 2);
                    n.longs(Arrays.copyOf(n.permutation(x.rank() + count), count));
                }),
                row(8, "Expand", n -> {
                    Tensor x = any(n, 0, 3);
                    long[] shape = Arrays.stream(x.shape().extents())
                            .map(e -> e == 1 && n.chance(60) ? n.extent() : n.chance(20) ? 1 : e)
                            .toArray();
                    n.longs(
                            n.chance(30)
                                    ? LongStream.concat(LongStream.of(n.from(1, 3)), Arrays.stream(shape))
                                            .toArray()
                                    : shape);
                }),
                row(7, "Shape", n -> {
                    Tensor x = any(n, 0, 4);
                    if (n.opset() >= 15 && n.chance(60)) {
                        n.with("start", n.from(-x.rank() - 1, x.rank())).with("end", n.from(-x.rank(), x.rank() + 1));
                    }
                }),
                row(7, "Size", n -> any(n, 0, 4)),
                row(7, "DepthToSpace", n -> blocks(n, true)),
                row(7, "SpaceToDepth", n -> blocks(n, false)));
    }

    private static long[] ones(Tensor x) {
        return LongStream.range(0, x.rank())
                .filter(i -> x.shape().dim((int) i).extent() == 1)
                .toArray();
    }

    /// A shape with as many elements: the extents shuffled together, with a −1 or 0 (keep) now and then.
    private static long[] target(NodeDraw n, Tensor x) {
        long[] shape = x.shape().extents().clone();
        return switch (n.from(0, 3)) {
            case 0 -> new long[] {x.length() == 0 ? 0 : -1};
            case 1 -> LongStream.concat(Arrays.stream(shape), LongStream.of(1)).toArray();
            case 2 -> shape.length > 1 ? joined(shape) : shape;
            default -> kept(n, x, shape);
        };
    }

    /// The last two axes as one.
    private static long[] joined(long[] shape) {
        long[] joined = Arrays.copyOf(shape, shape.length - 1);
        joined[joined.length - 1] *= shape[shape.length - 1];
        return joined;
    }

    /// Some extents as 0, which keeps them, and one as −1.
    private static long[] kept(NodeDraw n, Tensor x, long[] shape) {
        for (int i = 0; i < shape.length; i++) {
            shape[i] = n.chance(40) ? 0 : shape[i];
        }
        if (shape.length > 0 && x.length() > 0 && n.chance(60)) {
            shape[n.from(0, shape.length - 1)] = -1;
        }
        return shape;
    }

    private static void blocks(NodeDraw n, boolean depthToSpace) {
        int b = n.from(1, 3);
        DType dtype = n.type(DType.F32, DType.F64);
        if (depthToSpace) {
            n.of(Fill.ANY, dtype, n.from(1, 2), (long) n.from(1, 3) * b * b, n.from(1, 4), n.from(1, 4));
            if (n.opset() >= 11) {
                n.with("mode", n.oneOf("DCR", "CRD"));
            }
        } else {
            n.of(Fill.ANY, dtype, n.from(1, 2), n.from(1, 3), (long) n.from(1, 4) * b, (long) n.from(1, 4) * b);
        }
        n.with("blocksize", b);
    }

    private static List<OperatorDraw> joining() {
        return List.of(
                row(7, "Concat", n -> {
                    Tensor x = any(n, 1, 4);
                    int axis = n.axis(x.rank());
                    for (int i = n.from(0, 3); i > 0; i--) {
                        long[] shape = x.shape().extents().clone();
                        shape[axis < 0 ? axis + shape.length : axis] = n.extent();
                        n.of(Fill.ANY, x.dtype(), shape);
                    }
                    n.with("axis", n.opset() < 11 && axis < 0 ? axis + x.rank() : axis);
                }),
                row(7, "Tile", n -> {
                    Tensor x = any(n, 1, 4);
                    long[] repeats = new long[x.rank()];
                    Arrays.setAll(repeats, i -> n.chance(4) ? 0 : n.from(1, x.length() > 200 ? 1 : 3));
                    n.longs(repeats);
                }));
    }

    private static long[] parts(NodeDraw n, long extent) {
        long first = n.from(0, (int) extent);
        return n.chance(50) ? new long[] {first, extent - first} : new long[] {extent};
    }

    private static List<OperatorDraw> cutting() {
        return List.of(
                until(12, "Split attributes", n -> {
                    Tensor x = any(n, 1, 4);
                    int axis = n.from(0, x.rank() - 1);
                    long[] parts = parts(n, x.shape().dim(axis).extent());
                    n.with("axis", axis).with("split", parts).outputs(parts.length);
                }),
                row(13, "Split", n -> {
                    Tensor x = any(n, 1, 4);
                    int axis = n.axis(x.rank());
                    long[] parts = parts(n, x.shape().dim(axis).extent());
                    n.longs(parts).with("axis", axis).outputs(parts.length);
                }),
                row(18, "Split into equal parts", n -> {
                    Tensor x = any(n, 1, 4);
                    int axis = n.axis(x.rank());
                    int count = n.from(1, Math.max(1, (int) x.shape().dim(axis).extent()));
                    n.with("num_outputs", count).with("axis", axis).outputs(count);
                }),
                until(9, "Slice attributes", n -> {
                    Tensor x = any(n, 1, 4);
                    long[] axes = ReductionDraws.nonNegative(n, n.axes(x.rank()), x.rank());
                    n.with("axes", axes);
                    n.with("starts", Arrays.stream(axes).map(a -> n.from(-4, 4)).toArray());
                    n.with(
                            "ends",
                            Arrays.stream(axes)
                                    .map(a -> n.chance(20) ? Integer.MAX_VALUE : n.from(-4, 9))
                                    .toArray());
                }),
                row(10, "Slice", n -> {
                    Tensor x = any(n, 1, 4);
                    long[] axes = n.axes(x.rank());
                    long[] steps = Arrays.stream(axes)
                            .map(a -> n.oneOf(1, 1, 2, -1, -2, 3))
                            .toArray();
                    n.longs(Arrays.stream(axes).map(a -> n.from(-9, 9)).toArray());
                    // The largest end with a negative step is empty by the standard, everything in ONNX
                    // Runtime.
                    n.longs(Arrays.stream(steps)
                            .map(s -> n.chance(60) ? n.from(-9, 9) : s > 0 ? Long.MAX_VALUE : Integer.MIN_VALUE)
                            .toArray());
                    n.longs(axes);
                    n.longs(steps);
                }),
                until(10, "Pad attributes", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64);
                    String mode = n.oneOf("constant", "edge", "reflect");
                    n.with("pads", pads(n, x, mode)).with("mode", mode).with("value", n.real(-1, 1));
                }),
                row(11, "Pad", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64, DType.I32, DType.I64, DType.U8, DType.I8);
                    String mode = n.opset() >= 19
                            ? n.oneOf("constant", "edge", "reflect", "wrap")
                            : n.oneOf("constant", "edge", "reflect");
                    n.longs(pads(n, x, mode)).with("mode", mode);
                    if (n.chance(50)) {
                        n.of(Fill.FINITE, x.dtype());
                    }
                }),
                row(18, "Pad axes", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32);
                    n.longs(n.from(0, 3), n.from(0, 3));
                    n.of(Fill.FINITE, x.dtype());
                    n.longs(n.axis(x.rank()));
                }),
                between(18, 22, "CenterCropPad", n -> {
                    Tensor x = any(n, 1, 4);
                    n.longs(Arrays.stream(x.shape().extents())
                            .map(e -> n.from(1, 6))
                            .toArray());
                }));
    }

    private static long[] pads(NodeDraw n, Tensor x, String mode) {
        long[] pads = new long[2 * x.rank()];
        Arrays.setAll(pads, i -> {
            long extent = x.shape().dim(i % x.rank()).extent();
            return switch (mode) {
                case "reflect" -> n.from(0, Math.clamp(extent - 1, 0, 3));
                case "constant" -> n.from(extent > 2 ? -1 : 0, 3);
                // ONNX Runtime wraps around once at most.
                default -> n.from(0, (int) Math.min(extent, 3));
            };
        });
        return pads;
    }

    private static List<OperatorDraw> making() {
        return List.of(
                row(9, "ConstantOfShape", n -> {
                    n.longs(n.shape(0, 3));
                    if (n.chance(80)) {
                        n.with("value", Fill.ANY.draw(new java.util.Random(n.from(0, 99)), n.oneOf(NUMBERS), 1));
                    }
                }),
                row(9, "EyeLike", n -> {
                    n.any(Fill.ANY, 2, 2, NUMBERS);
                    n.with("k", n.from(-2, 2));
                    if (n.chance(60)) {
                        n.with("dtype", n.oneOf(1L, 6L, 7L, 11L));
                    }
                }),
                row(14, "Trilu", n -> {
                    n.any(Fill.ANY, 2, 4, DType.F32, DType.F64, DType.I64);
                    if (n.chance(70)) {
                        n.fresh(Tensor.of(new long[] {n.from(-3, 3)}), 20);
                    }
                    n.with("upper", n.from(0, 1));
                }),
                row(11, "Range", n -> {
                    DType dtype = n.type(DType.I64, DType.I32, DType.F32, DType.F64);
                    n.fresh(Tensor.scalar(dtype, n.from(-5, 5)), 20);
                    n.fresh(Tensor.scalar(dtype, n.from(-9, 9)), 20);
                    n.fresh(Tensor.scalar(dtype, (double) n.oneOf(1, 2, -1, -3)), 20);
                }));
    }
}
