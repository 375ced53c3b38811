package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.op.Indexing;
import dev.quern.op.Labels;
import dev.quern.op.Scattering;
import dev.quern.tensor.DType;
import java.util.List;

/// Gather and scatter.
final class IndexingRows {
    /// The first opset that keeps the smaller or greater of two elements.
    private static final int EXTREMES_SINCE = 18;

    private IndexingRows() {}

    static List<Row> rows() {
        return List.of(
                row("Gather", 1, IndexingRows::gather)
                        .writes(Indexing.Gather.class, (op, n) -> n.axis("axis", op.axis()))
                        .writes(Labels.Pick.class, (op, n) -> n.operands(n.in(1), n.in(0))),
                row("GatherElements", 11, n -> n.result(new Indexing.GatherElements(axis(n)), n.all()))
                        .writes(Indexing.GatherElements.class, (op, n) -> n.integer("axis", op.axis())),
                row("GatherND", 11, n -> n.result(new Indexing.GatherND((int) n.integer("batch_dims", 0)), n.all()))
                        .writes(Indexing.GatherND.class, (op, n) -> n.integer("batch_dims", op.batchDims())),
                row("Scatter", 9, n -> n.result(new Scattering.ScatterElements(axis(n), Combine.REPLACE), n.all()))
                        .writesAlso(Scattering.ScatterElements.class, (op, n) -> {
                            if (op.mode() != Combine.REPLACE) {
                                throw n.unwritable("its Scatter combines nothing");
                            }
                            n.axis("axis", op.axis());
                        }),
                row("ScatterElements", 11, n -> n.result(new Scattering.ScatterElements(axis(n), mode(n)), n.all()))
                        .writes(
                                Scattering.ScatterElements.class,
                                (op, n) -> reduction(n.axis("axis", op.axis()), op.mode())),
                row("ScatterND", 11, n -> n.result(new Scattering.ScatterND(0, mode(n)), n.all()))
                        .writes(Scattering.ScatterND.class, (op, n) -> reduction(n, op.mode())));
    }

    private static int axis(NodeImport n) {
        return (int) n.integer("axis", 0);
    }

    /// Strings are looked up on the host, by places that are i64.
    private static List<Value> gather(NodeImport n) {
        boolean table = n.in(0).dtype() == DType.STRING
                && n.in(0).shape().isRanked()
                && n.in(0).rank() == 1
                && n.in(1).dtype() == DType.I64;
        return table ? n.result(new Labels.Pick(), n.in(1), n.in(0)) : n.result(new Indexing.Gather(axis(n)), n.all());
    }

    private static NodeExport reduction(NodeExport n, Combine mode) {
        boolean newer = mode == Combine.MIN || mode == Combine.MAX;
        return newer ? n.text("reduction", text(mode)).since(EXTREMES_SINCE) : n.text("reduction", text(mode));
    }

    private static String text(Combine mode) {
        return switch (mode) {
            case REPLACE -> "none";
            case ADD -> "add";
            case MULTIPLY -> "mul";
            case MIN -> "min";
            case MAX -> "max";
        };
    }

    private static Combine mode(NodeImport n) {
        String reduction = n.text("reduction", "none");
        return switch (reduction) {
            case "none" -> Combine.REPLACE;
            case "add" -> Combine.ADD;
            case "mul" -> Combine.MULTIPLY;
            case "min" -> Combine.MIN;
            case "max" -> Combine.MAX;
            default ->
                throw new UnsupportedNodeException("reduction must be none, add, mul, min or max, not " + reduction);
        };
    }
}
