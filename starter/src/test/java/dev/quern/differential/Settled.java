package dev.quern.differential;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Disagreements in which ONNX Runtime leaves the standard, or which have no answer of its own: nodes with the results
/// that the standard's text asks for, calculated by hand. The drawing rows avoid what stands here.
///
/// @param row a row with nothing left to chance
/// @param results what the node's results are, in order
record Settled(OperatorDraw row, List<Tensor> results) {
    private static final String ML = "ai.onnx.ml";

    static Settled at(int opset, String name, Consumer<NodeDraw> recipe, Tensor... results) {
        return new Settled(new OperatorDraw(name, opset, opset, recipe), List.of(results));
    }

    static Tensor floats(double... values) {
        return Tensor.of(DType.F32, values, values.length);
    }

    /// Results by the names of the node's outputs.
    Map<String, Tensor> named(NodeDraw.Drawn drawn) {
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            named.put(drawn.node().outputs().get(i), results.get(i));
        }
        return named;
    }

    static List<Settled> rows() {
        return Stream.concat(SettledWindows.rows().stream(), numbers().stream()).toList();
    }

    /// A tree of one leaf with these weights, for classes or targets in their order.
    private static void leaf(NodeDraw n, String what, float... weights) {
        n.domain(ML).fresh(floats(1).reshape(1, 1), 100);
        n.with("nodes_treeids", new long[1]).with("nodes_nodeids", new long[1]).with("nodes_modes", List.of("LEAF"));
        n.with("nodes_featureids", new long[1]).with("nodes_values", new float[1]);
        n.with("nodes_truenodeids", new long[1]).with("nodes_falsenodeids", new long[1]);
        n.with(what + "_treeids", new long[weights.length]).with(what + "_nodeids", new long[weights.length]);
        n.with(what + "_ids", LongStream.range(0, weights.length).toArray()).with(what + "_weights", weights);
    }

    private static List<Settled> numbers() {
        return List.of(
                at(
                        14,
                        "LSTM clip: bounds the input of every activation, what peepholes give and the cell state included",
                        n -> {
                            n.fresh(floats(1).reshape(1, 1, 1), 100);
                            n.fresh(Tensor.zeros(DType.F32, 1, 4, 1), 0);
                            n.fresh(Tensor.zeros(DType.F32, 1, 4, 1), 0);
                            n.absent().absent().fresh(Tensor.zeros(DType.F32, 1, 1, 1), 100);
                            n.fresh(floats(2).reshape(1, 1, 1), 100);
                            n.fresh(floats(0, 0, 10).reshape(1, 3), 0);
                            n.with("hidden_size", 1).with("clip", 0.5f).outputs(3);
                        },
                        // c = sigmoid(0.5) · 2, h = sigmoid(0) · tanh(0.5)
                        floats(0.23105858).reshape(1, 1, 1, 1),
                        floats(0.23105858).reshape(1, 1, 1),
                        floats(1.2449187).reshape(1, 1, 1)),
                at(
                        14,
                        "RNN ThresholdedRelu without alpha: that of the operator, 1",
                        n -> {
                            n.fresh(floats(0.5, 2).reshape(2, 1, 1), 100);
                            n.fresh(floats(1).reshape(1, 1, 1), 0);
                            n.fresh(floats(1).reshape(1, 1, 1), 0);
                            n.with("hidden_size", 1).with("activations", List.of("ThresholdedRelu"));
                        },
                        floats(0, 2).reshape(2, 1, 1, 1)),
                at(
                        17,
                        "HannWindow of a negative size, which the standard's function makes empty",
                        n -> n.fresh(Tensor.scalar(DType.I64, -3), 100),
                        floats()),
                at(
                        13,
                        "SequenceAt after SplitToSequence: with split given, keepdims does not count",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4).reshape(2, 2), 100);
                            String whole = n.taken();
                            n.fresh(Tensor.scalar(DType.I64, 1), 0);
                            AttributeProto keep = AttributeProto.of("keepdims", 0);
                            n.operand(n.before("SplitToSequence", List.of(whole, n.taken()), keep));
                            n.fresh(Tensor.scalar(DType.I64, 1), 0);
                        },
                        floats(3, 4).reshape(1, 2)),
                at(
                        13,
                        "ReduceSum of what is filled from nothing",
                        n -> {
                            n.fresh(Tensor.zeros(DType.F32, 2, 3), 100);
                            n.operand(n.before("EyeLike", List.of(n.taken()), AttributeProto.of("k", 1)));
                            n.longs(1).with("keepdims", 0);
                        },
                        floats(1, 1)),
                at(
                        13,
                        "Hardmax along an empty axis",
                        n -> n.fresh(Tensor.zeros(DType.F32, 2, 0), 100),
                        Tensor.zeros(DType.F32, 2, 0)),
                at(
                        13,
                        "MatMul of empty sums: batches broadcast as ever",
                        n -> {
                            n.fresh(Tensor.zeros(DType.F32, 2, 1, 1, 0), 100);
                            n.fresh(Tensor.zeros(DType.F32, 2, 0, 2), 100);
                        },
                        Tensor.zeros(DType.F32, 2, 2, 1, 2)),
                at(
                        10,
                        "MatMulInteger of u8 and i8 does not saturate",
                        n -> {
                            n.fresh(Tensor.wrap(DType.U8, new byte[] {-1, -1}, 1, 2), 100);
                            n.fresh(Tensor.wrap(DType.I8, new byte[] {127, 127}, 2, 1), 100);
                        },
                        Tensor.of(new int[] {64770}, 1, 1)),
                at(
                        13,
                        "Gemm of an empty sum: C times beta",
                        n -> {
                            n.fresh(Tensor.zeros(DType.F32, 2, 0), 100);
                            n.fresh(Tensor.zeros(DType.F32, 0, 2), 100);
                            n.fresh(floats(1, 2, 3, 4).reshape(2, 2), 100);
                            n.with("beta", 0.5f);
                        },
                        floats(0.5, 1, 1.5, 2).reshape(2, 2)),
                at(
                        13,
                        "Pow of integers out of range wraps around, as all their arithmetic does",
                        n -> {
                            n.fresh(Tensor.of(new int[] {3}, 1), 100);
                            n.fresh(Tensor.of(new int[] {40}, 1), 100);
                        },
                        Tensor.of(new int[] {689956897}, 1)),
                at(
                        13,
                        "Sign of NaN, which is neither above 0 nor below nor 0",
                        n -> n.fresh(floats(Double.NaN), 100),
                        floats(Double.NaN)),
                at(
                        13,
                        "NonZero of a scalar: a row for each axis, so none",
                        n -> n.fresh(Tensor.scalar(DType.F32, 5), 100),
                        Tensor.zeros(DType.I64, 0, 1)),
                at(
                        14,
                        "HardSwish of doubles: a sixth is one in double",
                        n -> n.fresh(Tensor.of(new double[] {1}, 1), 100),
                        Tensor.of(new double[] {2.0 / 3}, 1)),
                at(
                        14,
                        "RNN with layout 1: rows end by their lengths, which onnx's reference leaves out",
                        n -> {
                            n.fresh(floats(1, 2).reshape(1, 2, 1), 100);
                            n.fresh(floats(1).reshape(1, 1, 1), 0);
                            n.fresh(floats(1).reshape(1, 1, 1), 0);
                            n.absent().fresh(Tensor.of(new int[] {1}, 1), 100);
                            n.with("hidden_size", 1)
                                    .with("layout", 1)
                                    .with("activations", List.of("Relu"))
                                    .outputs(2);
                        },
                        floats(1, 0).reshape(1, 2, 1, 1),
                        floats(1).reshape(1, 1, 1)),
                at(
                        13,
                        "QuickGelu far below 0: nothing, and not NaN",
                        n -> n.domain("com.microsoft").fresh(floats(-1000), 100),
                        floats(0)),
                at(
                        13,
                        "QLinearSoftmax of one element: 256 steps of 1/256, of which 255 can be said",
                        n -> {
                            n.domain("com.microsoft").fresh(Tensor.wrap(DType.U8, new byte[] {7}, 1, 1), 100);
                            n.fresh(Tensor.scalar(DType.F32, 0.1), 0);
                            n.fresh(Tensor.zeros(DType.U8), 0);
                            n.fresh(Tensor.scalar(DType.F32, 1.0 / 256), 0);
                            n.fresh(Tensor.zeros(DType.U8), 0);
                            n.with("axis", -1).with("opset", 13);
                        },
                        Tensor.wrap(DType.U8, new byte[] {-1}, 1, 1)),
                at(
                        13,
                        "Normalizer leaves rows of zeros as they are",
                        n -> n.domain(ML).with("norm", "L1").fresh(floats(0, 0).reshape(1, 2), 100),
                        floats(0, 0).reshape(1, 2)),
                at(
                        13,
                        "TreeEnsembleClassifier with a score for each of two classes: the greatest one's label",
                        n -> {
                            leaf(n, "class", 0.9f, 0.6f);
                            n.with("classlabels_int64s", new long[] {10, 20}).outputs(2);
                        },
                        Tensor.of(new long[] {10}, 1),
                        floats(0.9f, 0.6f).reshape(1, 2)),
                at(
                        13,
                        "TreeEnsembleRegressor where a target has no leaf: its base value",
                        n -> {
                            leaf(n, "target", 5);
                            n.with("n_targets", 2).with("base_values", new float[] {1, 2});
                        },
                        floats(6, 2).reshape(1, 2)));
    }
}
