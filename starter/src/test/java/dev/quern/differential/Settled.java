package dev.quern.differential;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Disagreements in which ONNX Runtime leaves the standard, or which have no answer of its own: nodes with the results
/// that the standard's text asks for, calculated by hand. The drawing rows avoid what stands here.
///
/// @param row a row with nothing left to chance
/// @param results what the node's results are, in order
record Settled(OperatorDraw row, List<Tensor> results) {
    private static Settled at(int opset, String name, Consumer<NodeDraw> recipe, Tensor... results) {
        return new Settled(new OperatorDraw(name, opset, opset, recipe), List.of(results));
    }

    private static Tensor floats(double... values) {
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
                        19,
                        "AveragePool auto_pad: pads by nothing where a stride is longer than the kernel",
                        n -> {
                            n.fresh(floats(1, 2, 3).reshape(1, 1, 3), 100);
                            n.with("kernel_shape", new long[] {1}).with("strides", new long[] {3});
                            n.with("auto_pad", "SAME_UPPER").with("count_include_pad", 1);
                        },
                        floats(1).reshape(1, 1, 1)),
                at(
                        13,
                        "Resize pytorch_half_pixel: the one element of an axis lies at 0",
                        n -> {
                            n.fresh(floats(1, 7, 3, 5).reshape(1, 1, 4), 100);
                            n.absent().absent().longs(1, 1, 1);
                            n.with("mode", "cubic").with("coordinate_transformation_mode", "pytorch_half_pixel");
                        },
                        floats(1).reshape(1, 1, 1)),
                at(
                        13,
                        "Resize of integers: rounded and kept in range, as onnx's reference does; ONNX Runtime cuts off",
                        n -> {
                            n.fresh(Tensor.wrap(DType.U8, new byte[] {1, 4, (byte) 255, 0}, 1, 1, 2, 2), 100);
                            n.absent().fresh(floats(1, 1, 1, 2), 0);
                            n.with("mode", "linear");
                        },
                        Tensor.wrap(DType.U8, new byte[] {1, 2, 3, 4, (byte) 255, (byte) 191, 64, 0}, 1, 1, 2, 4)),
                at(
                        12,
                        "MaxPool VALID with ceil_mode: the standard's formula counts ceil((6 - 3 + 1) / 2) windows",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4, 5, 6).reshape(1, 1, 6), 100);
                            n.with("kernel_shape", new long[] {3}).with("strides", new long[] {2});
                            n.with("auto_pad", "VALID").with("ceil_mode", 1);
                        },
                        floats(3, 5).reshape(1, 1, 2)),
                at(
                        18,
                        "Resize along axes counted from the end keeps the ratio too",
                        n -> {
                            n.fresh(floats(1, 2, 3, 4).reshape(1, 1, 2, 2), 100);
                            n.absent().absent().longs(3, 1);
                            n.with("axes", new long[] {-1, -2}).with("keep_aspect_ratio_policy", "not_larger");
                        },
                        floats(1).reshape(1, 1, 1, 1)),
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
                        Tensor.zeros(DType.F32, 2, 2, 1, 2)));
    }
}
