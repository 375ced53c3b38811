package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.kernel.Kernel.Combine;
import dev.quern.op.Indexing;
import dev.quern.op.Scattering;
import java.util.List;

/// Gather and scatter.
final class IndexingRows {
    private IndexingRows() {}

    static List<Row> rows() {
        return List.of(
                row("Gather", 1, n -> n.result(new Indexing.Gather(axis(n)), n.all())),
                row("GatherElements", 11, n -> n.result(new Indexing.GatherElements(axis(n)), n.all())),
                row("GatherND", 11, n -> n.result(new Indexing.GatherND((int) n.integer("batch_dims", 0)), n.all())),
                row("Scatter", 9, n -> n.result(new Scattering.ScatterElements(axis(n), Combine.REPLACE), n.all())),
                row("ScatterElements", 11, n -> n.result(new Scattering.ScatterElements(axis(n), mode(n)), n.all())),
                row("ScatterND", 11, n -> n.result(new Scattering.ScatterND(0, mode(n)), n.all())));
    }

    private static int axis(NodeImport n) {
        return (int) n.integer("axis", 0);
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
