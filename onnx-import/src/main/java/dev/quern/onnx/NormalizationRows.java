package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Normalizations;
import dev.quern.op.Shaping;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.Dim;
import java.util.List;
import java.util.function.IntFunction;

/// Softmax and its family, normalisations.
final class NormalizationRows {
    private NormalizationRows() {}

    static List<Row> rows() {
        return List.of(
                row("Softmax", 1, n -> flattened(n, Softmaxes.Softmax::new)),
                row("Softmax", 13, n -> n.result(new Softmaxes.Softmax(axis(n, -1)), n.in(0)))
                        .writes(Softmaxes.Softmax.class, (op, n) -> n.integer("axis", op.axis())),
                row("LogSoftmax", 1, n -> flattened(n, Softmaxes.LogSoftmax::new)),
                row("LogSoftmax", 13, n -> n.result(new Softmaxes.LogSoftmax(axis(n, -1)), n.in(0)))
                        .writes(Softmaxes.LogSoftmax.class, (op, n) -> n.integer("axis", op.axis())),
                row("Hardmax", 1, n -> flattened(n, Softmaxes.Hardmax::new)),
                row("Hardmax", 13, n -> n.result(new Softmaxes.Hardmax(axis(n, -1)), n.in(0)))
                        .writes(Softmaxes.Hardmax.class, (op, n) -> n.integer("axis", op.axis())),
                row("BatchNormalization", 1, n -> n.flag("spatial", true) ? batchByOutputs(n) : eachPlace(n)),
                row("BatchNormalization", 9, NormalizationRows::batchByOutputs),
                row("BatchNormalization", 14, n -> batch(n, n.flag("training_mode", false)))
                        .writes(
                                BatchNormalization.class,
                                (op, n) -> n.number("epsilon", op.epsilon())
                                        .number("momentum", op.momentum())
                                        .flag("training_mode", op.mode() == BatchNormalization.Mode.TRAINING)),
                row(
                                "InstanceNormalization",
                                1,
                                n -> n.result(
                                        new Normalizations.InstanceNormalization(n.number("epsilon", 1e-5f)), n.all()))
                        .writes(
                                Normalizations.InstanceNormalization.class,
                                (op, n) -> n.number("epsilon", op.epsilon())),
                row(
                        "GroupNormalization",
                        18,
                        n -> n.result(groups(n), n.in(0), eachChannel(n, n.in(1)), eachChannel(n, n.in(2)))),
                row("GroupNormalization", 21, n -> n.result(groups(n), n.all()))
                        .writes(
                                Normalizations.GroupNormalization.class,
                                (op, n) -> n.integer("num_groups", op.groups()).number("epsilon", op.epsilon())),
                row(
                                "RMSNormalization",
                                23,
                                n -> n.result(
                                        new Normalizations.RMSNormalization(axis(n, -1), n.number("epsilon", 1e-5f)),
                                        n.all()))
                        .writes(
                                Normalizations.RMSNormalization.class,
                                (op, n) -> n.integer("axis", op.axis()).number("epsilon", op.epsilon())),
                row(
                                "LpNormalization",
                                1,
                                n -> n.result(
                                        new Normalizations.LpNormalization(axis(n, -1), (int) n.integer("p", 2)),
                                        n.in(0)))
                        .writes(
                                Normalizations.LpNormalization.class,
                                (op, n) -> n.integer("axis", op.axis()).integer("p", op.p())),
                row(
                                "MeanVarianceNormalization",
                                9,
                                n -> n.result(
                                        new Normalizations.MeanVarianceNormalization(
                                                ShapingRows.ints(n.integers("axes", 0, 2, 3))),
                                        n.in(0)))
                        .writes(
                                Normalizations.MeanVarianceNormalization.class,
                                (op, n) -> n.integers("axes", op.axes())),
                row(
                                "LRN",
                                1,
                                n -> n.result(
                                        new Normalizations.LRN(
                                                (int) n.integer("size", 1),
                                                n.number("alpha", 1e-4f),
                                                n.number("beta", 0.75f),
                                                n.number("bias", 1)),
                                        n.in(0)))
                        .writes(
                                Normalizations.LRN.class,
                                (op, n) -> n.integer("size", op.size())
                                        .number("alpha", op.alpha())
                                        .number("beta", op.beta())
                                        .number("bias", op.bias())));
    }

    private static CompositeOp groups(NodeImport n) {
        return new Normalizations.GroupNormalization((int) n.integer("num_groups", 1), n.number("epsilon", 1e-5f));
    }

    /// Before opset 21 scale and bias had one number for each group, which is that of all its channels.
    private static Value eachChannel(NodeImport n, Value perGroup) {
        Dim channels = n.in(0).shape().dim(1);
        if (!channels.isFixed()) {
            throw new UnsupportedNodeException("the number of channels must be fixed, not " + channels);
        }
        long groups = n.integer("num_groups", 1);
        Value column = n.apply(new Shaping.Unsqueeze(), perGroup, n.longs(1));
        Value copies = n.apply(new Arranging.Expand(), column, n.longs(groups, channels.extent() / groups));
        return n.apply(new Shaping.Reshape(false), copies, n.longs(-1));
    }

    private static int axis(NodeImport n, long otherwise) {
        return (int) n.integer("axis", otherwise);
    }

    /// Before opset 13 all axes from `axis` on were taken together.
    private static List<Value> flattened(NodeImport n, IntFunction<CompositeOp> op) {
        Value x = n.in(0);
        int axis = axis(n, 1);
        if (x.shape().isRanked() && x.shape().axis(axis) == x.rank() - 1) {
            return n.result(op.apply(-1), x);
        }
        Value flat = n.apply(op.apply(1), n.apply(new Shaping.Flatten(axis), x));
        return n.result(new Shaping.ReshapeLike(), flat, x);
    }

    /// Before opset 14 a BatchNormalization was one of training where its statistics were outputs.
    private static List<Value> batchByOutputs(NodeImport n) {
        if (n.wants(3) || n.wants(4)) {
            throw new UnsupportedNodeException("the statistics of a batch are no outputs here, only the running ones");
        }
        return batch(n, n.wants(1) || n.wants(2));
    }

    private static List<Value> batch(NodeImport n, boolean training) {
        BatchNormalization.Mode mode = training ? BatchNormalization.Mode.TRAINING : BatchNormalization.Mode.INFERENCE;
        return n.result(new BatchNormalization(n.number("epsilon", 1e-5f), n.number("momentum", 0.9f), mode), n.all());
    }

    /// Before opset 9, with spatial = 0, every place of a channel had statistics of its own.
    private static List<Value> eachPlace(NodeImport n) {
        Value x = n.in(0);
        Value variance = n.apply(Arithmetic.ADD, n.in(4), n.scalar(x.dtype(), n.number("epsilon", 1e-5f)));
        Value centred = n.apply(Arithmetic.SUB, x, n.in(3));
        Value normal = n.apply(Arithmetic.DIV, centred, n.apply(Arithmetic.SQRT, variance));
        return n.result(Arithmetic.ADD, n.apply(Arithmetic.MUL, normal, n.in(1)), n.in(2));
    }
}
