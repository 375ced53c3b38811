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
    /// The first opset that pads with the other end.
    private static final int WRAP_SINCE = 19;

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
                        .writes(Shaping.Flatten.class, (op, n) -> n.axis("axis", op.axis())),
                row("Squeeze", 1, n -> axesByAttribute(n, new Shaping.Squeeze()))
                        .writes(new Shaping.Squeeze(), n -> n.axes("axes", 1).operands(n.in(0))),
                row("Squeeze", 13, new Shaping.Squeeze()),
                row("Unsqueeze", 1, n -> axesByAttribute(n, new Shaping.Unsqueeze()))
                        .writes(new Shaping.Unsqueeze(), ShapingRows::unsqueeze),
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
                row("Slice", 1, ShapingRows::sliceByAttributes)
                        .writes(new Arranging.Slice(), ShapingRows::sliceByAttributes),
                row("Slice", 10, ShapingRows::slice).writes(new Arranging.Slice()),
                row("Concat", 1, n -> n.result(new Joining.Concat((int) n.integer("axis", 1)), n.all())),
                row("Concat", 4, n -> n.result(new Joining.Concat((int) n.integer("axis", 0)), n.all()))
                        .writes(Joining.Concat.class, (op, n) -> n.axis("axis", op.axis())),
                row("Split", 2, ShapingRows::splitByAttribute)
                        .writes(Joining.Split.class, ShapingRows::splitByAttribute),
                row("Split", 13, ShapingRows::splitByOperand)
                        .writes(
                                Joining.Split.class,
                                (op, n) -> n.axis("axis", op.axis()).operands(n.in(0), n.constant(extents(op, n)))),
                row("Split", 18, ShapingRows::splitByOperand).writes(Joining.Split.class, ShapingRows::split),
                row("Pad", 1, n -> padByAttributes(n, "paddings")),
                row("Pad", 2, n -> padByAttributes(n, "pads")).writes(Padding.Pad.class, ShapingRows::padByAttributes),
                row("Pad", 11, ShapingRows::pad).writes(Padding.Pad.class, ShapingRows::pad),
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

    private static List<Value> splitByOperand(NodeImport n) {
        return n.result(new Joining.Split((int) n.integer("axis", 0), n.outputs()), n.all());
    }

    /// The extents of the parts, given or equal.
    private static Tensor extents(Joining.Split op, NodeExport n) {
        if (n.from(0).size() > 1) {
            return n.requireConstant(1);
        }
        long[] each = IntStream.range(0, op.count())
                .mapToLong(i -> n.out(i).shape().isRanked()
                                && n.out(i).shape().dim(op.axis()).isFixed()
                        ? n.out(i).shape().dim(op.axis()).extent()
                        : -1)
                .toArray();
        if (Arrays.stream(each).anyMatch(e -> e < 0)) {
            throw n.unwritable("the extents of the parts must be known");
        }
        return Tensor.of(each, each.length);
    }

    private static void splitByAttribute(Joining.Split op, NodeExport n) {
        n.axis("axis", op.axis()).integers("split", extents(op, n).toLongs()).operands(n.in(0));
    }

    private static void unsqueeze(NodeExport n) {
        int rank = n.out(0).rank();
        long[] axes = Arrays.stream(n.requireConstant(1).toLongs())
                .map(a -> a < 0 ? a + rank : a)
                .toArray();
        n.integers("axes", axes).operands(n.in(0));
    }

    private static void sliceByAttributes(NodeExport n) {
        if (n.from(0).size() > 4
                && Arrays.stream(n.requireConstant(4).toLongs()).anyMatch(s -> s != 1)) {
            throw n.unwritable("it has no Slice with steps");
        }
        n.integers("starts", n.requireConstant(1).toLongs())
                .integers("ends", n.requireConstant(2).toLongs());
        if (n.from(0).size() > 3) {
            n.axes("axes", 3);
        }
        n.operands(n.in(0));
    }

    private static void pad(Padding.Pad op, NodeExport n) {
        n.text("mode", op.mode().name().toLowerCase(Locale.ROOT));
        if (op.mode() == Padding.Mode.WRAP) {
            n.since(WRAP_SINCE);
        }
    }

    private static void padByAttributes(Padding.Pad op, NodeExport n) {
        if (n.from(0).size() > 3) {
            throw n.unwritable("it pads all axes");
        }
        pad(op, n);
        n.integers("pads", n.requireConstant(1).toLongs())
                .number("value", n.requireConstant(2).getDouble(0))
                .operands(n.in(0));
    }

    private static void split(Joining.Split op, NodeExport n) {
        n.axis("axis", op.axis());
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
        return new Padding.Pad(n.choice("mode", Padding.Mode.CONSTANT));
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
