package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.op.Activations;
import dev.quern.op.Framing;
import dev.quern.op.Losses;
import java.util.List;
import java.util.Locale;

/// Losses, and operators that frame an axis.
final class LossRows {
    private LossRows() {}

    static List<Row> rows() {
        return List.of(
                row(
                        "NegativeLogLikelihoodLoss",
                        12,
                        n -> n.result(
                                new Losses.NegativeLogLikelihoodLoss(reduction(n), n.optionalInteger("ignore_index")),
                                n.all())),
                row(
                        "SoftmaxCrossEntropyLoss",
                        12,
                        n -> n.result(
                                new Losses.SoftmaxCrossEntropyLoss(
                                        reduction(n), n.optionalInteger("ignore_index"), n.wants(1)),
                                n.all())),
                row(
                        "CenterCropPad",
                        18,
                        n -> n.result(
                                new Framing.CenterCropPad(
                                        ShapingRows.ints(n.integers("axes").orElse(new long[0]))),
                                n.all())),
                row(
                        "ReverseSequence",
                        10,
                        n -> n.result(
                                new Framing.ReverseSequence(
                                        (int) n.integer("time_axis", 0), (int) n.integer("batch_axis", 1)),
                                n.all())),
                row("SwiGLU", 28, n -> n.result(new Activations.SwiGLU(n.number("alpha", 1)), n.all())));
    }

    private static Losses.Reduction reduction(NodeImport n) {
        return Losses.Reduction.valueOf(n.text("reduction", "mean").toUpperCase(Locale.ROOT));
    }
}
