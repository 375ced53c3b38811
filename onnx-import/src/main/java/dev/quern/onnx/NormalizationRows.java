package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Formula;
import dev.quern.op.Normalizations;
import dev.quern.op.Shaping;
import dev.quern.op.Softmaxes;
import dev.quern.op.Statistics;
import dev.quern.tensor.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Softmax and its family, normalisations.
final class NormalizationRows {
    private NormalizationRows() {}

    static List<Row> rows() {
        return List.of(
                row("Softmax", 1, n -> flattened(n, Softmaxes.Softmax::new))
                        .writes(Softmaxes.Softmax.class, (op, n) -> lastAxis(n, op.axis())),
                row("Softmax", 13, n -> n.result(new Softmaxes.Softmax(axis(n, -1)), n.in(0)))
                        .writes(Softmaxes.Softmax.class, (op, n) -> n.integer("axis", op.axis())),
                row("LogSoftmax", 1, n -> flattened(n, Softmaxes.LogSoftmax::new))
                        .writes(Softmaxes.LogSoftmax.class, (op, n) -> lastAxis(n, op.axis())),
                row("LogSoftmax", 13, n -> n.result(new Softmaxes.LogSoftmax(axis(n, -1)), n.in(0)))
                        .writes(Softmaxes.LogSoftmax.class, (op, n) -> n.integer("axis", op.axis())),
                row("Hardmax", 1, n -> flattened(n, Softmaxes.Hardmax::new))
                        .writes(Softmaxes.Hardmax.class, (op, n) -> lastAxis(n, op.axis())),
                row("Hardmax", 13, n -> n.result(new Softmaxes.Hardmax(axis(n, -1)), n.in(0)))
                        .writes(Softmaxes.Hardmax.class, (op, n) -> n.integer("axis", op.axis())),
                row("BatchNormalization", 1, n -> n.flag("spatial", true) ? batchByOutputs(n) : eachPlace(n))
                        .writes(BatchNormalization.class, NormalizationRows::inference),
                row("BatchNormalization", 9, NormalizationRows::batchByOutputs)
                        .writes(BatchNormalization.class, NormalizationRows::inference),
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

    private static void lastAxis(NodeExport n, int axis) {
        if (!n.in(0).shape().isRanked() || n.in(0).shape().axis(axis) != n.in(0).rank() - 1) {
            throw n.unwritable("it takes all axes from the given one on together");
        }
        n.axis("axis", axis);
    }

    private static void inference(BatchNormalization op, NodeExport n) {
        if (op.mode() != BatchNormalization.Mode.INFERENCE) {
            throw n.unwritable("it gives statistics of another kind in training");
        }
        n.number("epsilon", op.epsilon()).number("momentum", op.momentum());
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
        List<Value> results = new ArrayList<>(batch(n, isTraining(n)));
        if (n.wants(3) || n.wants(4)) {
            List<Integer> others = IntStream.range(0, n.in(0).rank())
                    .filter(i -> i != 1)
                    .boxed()
                    .toList();
            List<Value> batch = moments(n, others);
            results.add(n.apply(new Shaping.ReshapeLike(), batch.getFirst(), n.in(3)));
            results.add(saved(n, n.apply(new Shaping.ReshapeLike(), batch.getLast(), n.in(4))));
        }
        return results;
    }

    private static boolean isTraining(NodeImport n) {
        return IntStream.range(1, 5).anyMatch(n::wants);
    }

    /// 1 / √(variance + ε), which Caffe2 and ONNX Runtime mean by the saved variance.
    private static Value saved(NodeImport n, Value variance) {
        Formula f = new Formula(n.builder());
        return n.apply(Arithmetic.RECIPROCAL, n.apply(Arithmetic.SQRT, f.add(variance, n.number("epsilon", 1e-5f))));
    }

    /// Mean and variance of the batch over `axes`.
    private static List<Value> moments(NodeImport n, List<Integer> axes) {
        return n.builder().apply(new Statistics.Moments(axes), List.of(n.in(0)));
    }

    private static List<Value> batch(NodeImport n, boolean training) {
        BatchNormalization.Mode mode = training ? BatchNormalization.Mode.TRAINING : BatchNormalization.Mode.INFERENCE;
        return n.result(new BatchNormalization(n.number("epsilon", 1e-5f), n.number("momentum", 0.9f), mode), n.all());
    }

    /// Before opset 9, with spatial = 0, every place of a channel had statistics of its own.
    private static List<Value> eachPlace(NodeImport n) {
        Formula f = new Formula(n.builder());
        Value x = n.in(0);
        boolean training = isTraining(n);
        List<Value> statistics = training
                ? moments(n, List.of(0)).stream()
                        .map(m -> n.apply(new Shaping.ReshapeLike(), m, n.in(3)))
                        .toList()
                : List.of(n.in(3), n.in(4));
        Value deviation = n.apply(Arithmetic.SQRT, f.add(statistics.getLast(), n.number("epsilon", 1e-5f)));
        Value normal = f.div(f.sub(x, statistics.getFirst()), deviation);
        List<Value> results = new ArrayList<>(n.result(Arithmetic.ADD, f.mul(normal, n.in(1)), n.in(2)));
        if (training) {
            double momentum = n.number("momentum", 0.9f);
            for (int i = 0; i < 2; i++) {
                results.add(f.add(f.mul(n.in(3 + i), momentum), f.mul(statistics.get(i), 1 - momentum)));
            }
            results.add(statistics.getFirst());
            results.add(saved(n, statistics.getLast()));
        }
        return results;
    }
}
