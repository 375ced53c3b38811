package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.op.Activations;
import dev.quern.op.Framing;
import dev.quern.op.Losses;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Losses, and operators that frame an axis.
final class LossRows {
    private LossRows() {}

    static List<Row> rows() {
        return List.of(
                row(
                                "NegativeLogLikelihoodLoss",
                                12,
                                n -> n.result(
                                        new Losses.NegativeLogLikelihoodLoss(
                                                reduction(n), n.optionalInteger("ignore_index")),
                                        n.all()))
                        .writes(
                                Losses.NegativeLogLikelihoodLoss.class,
                                (op, n) -> loss(n, op.reduction(), op.ignored())),
                row(
                                "SoftmaxCrossEntropyLoss",
                                12,
                                n -> n.result(
                                        new Losses.SoftmaxCrossEntropyLoss(
                                                reduction(n), n.optionalInteger("ignore_index"), n.wants(1)),
                                        n.all()))
                        .writes(Losses.SoftmaxCrossEntropyLoss.class, (op, n) -> loss(n, op.reduction(), op.ignored())),
                row(
                                "CenterCropPad",
                                18,
                                n -> n.result(
                                        new Framing.CenterCropPad(ShapingRows.ints(
                                                n.integers("axes").orElse(new long[0]))),
                                        n.all()))
                        .writes(Framing.CenterCropPad.class, (op, n) -> n.integers("axes", op.axes())),
                row(
                                "ReverseSequence",
                                10,
                                n -> n.result(
                                        new Framing.ReverseSequence(
                                                (int) n.integer("time_axis", 0), (int) n.integer("batch_axis", 1)),
                                        n.all()))
                        .writes(
                                Framing.ReverseSequence.class,
                                (op, n) -> n.integer("time_axis", op.timeAxis()).integer("batch_axis", op.batchAxis())),
                row("SwiGLU", 28, n -> n.result(new Activations.SwiGLU(n.number("alpha", 1)), n.all())));
    }

    private static void loss(NodeExport n, Losses.Reduction reduction, Optional<Long> ignored) {
        n.text("reduction", reduction.name().toLowerCase(Locale.ROOT));
        ignored.ifPresent(i -> n.integer("ignore_index", i));
    }

    private static Losses.Reduction reduction(NodeImport n) {
        return n.choice("reduction", Losses.Reduction.MEAN);
    }
}
