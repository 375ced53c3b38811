package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Formula;
import dev.quern.op.Joining;
import dev.quern.op.Padding;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.op.Tiling;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Shapes, slices, joins, pads: operators that move elements and compute nothing.
final class ShapingRows {
    private ShapingRows() {}

    static List<Row> rows() {
        return List.of(
                Row.microsoft("ExpandDims", ShapingRows::expandDims),
                row(
                                "Shape",
                                1,
                                n -> n.result(
                                        new ShapeQueries.ShapeOf(
                                                n.integer("start", 0), n.integer("end", Long.MAX_VALUE)),
                                        n.in(0)))
                        .writes(ShapeQueries.ShapeOf.class, ShapingRows::shape),
                row("Size", 1, n -> n.result(new ShapeQueries.Size(), n.in(0))).writes(new ShapeQueries.Size()),
                row(
                        "Reshape",
                        1,
                        n -> n.result(
                                new Shaping.Reshape(false),
                                n.in(0),
                                n.longs(n.integers("shape").orElse(new long[0])))),
                row("Reshape", 5, n -> n.result(new Shaping.Reshape(n.flag("allowzero", false)), n.all()))
                        .writes(Shaping.Reshape.class, (op, n) -> n.flag("allowzero", op.allowZero())),
                row("Flatten", 1, n -> n.result(new Shaping.Flatten((int) n.integer("axis", 1)), n.in(0)))
                        .writes(Shaping.Flatten.class, (op, n) -> n.integer("axis", op.axis())),
                row("Squeeze", 1, n -> axesByAttribute(n, new Shaping.Squeeze())),
                row("Squeeze", 13, new Shaping.Squeeze()),
                row("Unsqueeze", 1, n -> axesByAttribute(n, new Shaping.Unsqueeze())),
                row("Unsqueeze", 13, new Shaping.Unsqueeze()),
                row(
                                "Transpose",
                                1,
                                n -> n.result(
                                        new Arranging.Transpose(
                                                ints(n.integers("perm").orElse(new long[0]))),
                                        n.in(0)))
                        .writes(Arranging.Transpose.class, (op, n) -> n.integers("perm", op.perm())),
                row("Expand", 8, new Arranging.Expand()),
                row("Slice", 1, ShapingRows::sliceByAttributes),
                row("Slice", 10, ShapingRows::slice).writes(new Arranging.Slice()),
                row("Concat", 1, n -> n.result(new Joining.Concat((int) n.integer("axis", 1)), n.all())),
                row("Concat", 4, n -> n.result(new Joining.Concat((int) n.integer("axis", 0)), n.all()))
                        .writes(Joining.Concat.class, (op, n) -> n.integer("axis", op.axis())),
                row("Split", 2, ShapingRows::splitByAttribute),
                row("Split", 13, n -> n.result(new Joining.Split((int) n.integer("axis", 0), n.outputs()), n.all()))
                        .writes(Joining.Split.class, ShapingRows::split),
                row("Pad", 1, n -> padByAttributes(n, "paddings")),
                row("Pad", 2, n -> padByAttributes(n, "pads")),
                row("Pad", 11, ShapingRows::pad)
                        .writes(
                                Padding.Pad.class,
                                (op, n) -> n.text("mode", op.mode().name().toLowerCase(Locale.ROOT))),
                row("Tile", 6, new Tiling.Tile()),
                row(
                                "DepthToSpace",
                                1,
                                n -> n.result(
                                        new Tiling.DepthToSpace(
                                                (int) n.integer("blocksize", 1),
                                                n.text("mode", "DCR").equals("CRD")
                                                        ? Tiling.Order.CRD
                                                        : Tiling.Order.DCR),
                                        n.in(0)))
                        .writes(
                                Tiling.DepthToSpace.class,
                                (op, n) -> n.integer("blocksize", op.size())
                                        .text("mode", op.order().name())),
                row(
                                "SpaceToDepth",
                                1,
                                n -> n.result(
                                        new Tiling.SpaceToDepth(
                                                (int) n.integer("blocksize", 1),
                                                n.text("mode", "DCR").equals("CRD")
                                                        ? Tiling.Order.CRD
                                                        : Tiling.Order.DCR),
                                        n.in(0)))
                        .writes(Tiling.SpaceToDepth.class, (op, n) -> n.integer("blocksize", op.size())));
    }

    private static void shape(ShapeQueries.ShapeOf op, NodeExport n) {
        n.integer("start", op.start());
        if (op.end() != Long.MAX_VALUE) {
            n.integer("end", op.end());
        }
    }

    private static void split(Joining.Split op, NodeExport n) {
        n.integer("axis", op.axis());
        if (n.from(0).size() == 1) {
            n.integer("num_outputs", op.count());
        }
    }

    /// A new axis where a scalar operand says.
    private static List<Value> expandDims(NodeImport n) {
        Formula f = new Formula(n.builder());
        return n.result(new Shaping.Unsqueeze(), n.in(0), f.reshape(f.cast(n.in(1), DType.I64), 1));
    }

    /// Axes were an attribute before opset 13.
    private static List<Value> axesByAttribute(NodeImport n, Shaping op) {
        return n.integers("axes")
                .map(axes -> n.result(op, n.in(0), n.longs(axes)))
                .orElseGet(() -> n.result(op, n.in(0)));
    }

    private static List<Value> sliceByAttributes(NodeImport n) {
        Value starts = n.longs(n.integers("starts").orElse(new long[0]));
        Value ends = n.longs(n.integers("ends").orElse(new long[0]));
        return n.integers("axes")
                .map(axes -> n.result(new Arranging.Slice(), n.in(0), starts, ends, n.longs(axes)))
                .orElseGet(() -> n.result(new Arranging.Slice(), n.in(0), starts, ends));
    }

    private static List<Value> slice(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1), n.in(2)));
        if (n.has(3)) {
            in.add(n.in(3));
        } else if (n.has(4)) {
            int count = (int) n.in(1).shape().dim(0).extent();
            in.add(n.longs(IntStream.range(0, count).asLongStream().toArray()));
        }
        if (n.has(4)) {
            in.add(n.in(4));
        }
        return n.result(new Arranging.Slice(), in);
    }

    /// Extents were an attribute before opset 13.
    static List<Value> splitByAttribute(NodeImport n) {
        Joining.Split op = new Joining.Split((int) n.integer("axis", 0), n.outputs());
        return n.integers("split")
                .map(extents -> n.result(op, n.in(0), n.longs(extents)))
                .orElseGet(() -> n.result(op, n.in(0)));
    }

    private static Padding.Pad padOp(NodeImport n) {
        return new Padding.Pad(Padding.Mode.valueOf(n.text("mode", "constant").toUpperCase(Locale.ROOT)));
    }

    private static List<Value> padByAttributes(NodeImport n, String pads) {
        Value value = n.scalar(n.in(0).dtype(), n.number("value", 0));
        return n.result(padOp(n), n.in(0), n.longs(n.integers(pads).orElse(new long[0])), value);
    }

    private static List<Value> pad(NodeImport n) {
        DType dtype = n.in(0).dtype();
        Value value = n.optional(2).orElseGet(() -> n.constant(Tensor.zeros(dtype)));
        return n.has(3)
                ? n.result(padOp(n), n.in(0), n.in(1), value, n.in(3))
                : n.result(padOp(n), n.in(0), n.in(1), value);
    }

    static List<Integer> ints(long... values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).boxed().toList();
    }
}
