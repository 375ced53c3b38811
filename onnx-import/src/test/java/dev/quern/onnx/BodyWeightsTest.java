package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Losses;
import dev.quern.train.SGD;
import dev.quern.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Weights that lie in a branch, as an initializer or as a constant, are trained and go back to where they were.
final class BodyWeightsTest {
    private static final TypeProto MATRIX = OnnxTypes.proto(Type.tensor(DType.F32, 2, 2));

    @TempDir
    Path folder;

    private static TensorProto weights(float... values) {
        return OnnxTensors.encode("w", Tensor.of(values, 2, 2));
    }

    private static NodeProto node(String operator, List<String> in, String out, AttributeProto... attributes) {
        return NodeProto.of("", operator, out + "_node", in, List.of(out), List.of(attributes));
    }

    private static GraphProto branch(String name, List<NodeProto> nodes, List<TensorProto> initializers) {
        return GraphProto.of(name, nodes, initializers, List.of(), List.of(ValueInfoProto.of(name, MATRIX)));
    }

    private static byte[] file() {
        GraphProto then =
                branch("then", List.of(node("MatMul", List.of("x", "w"), "then")), List.of(weights(1, 2, 3, 4)));
        GraphProto otherwise = branch(
                "else",
                List.of(
                        node("Constant", List.of(), "w", AttributeProto.of("value", weights(5, 6, 7, 8))),
                        node("MatMul", List.of("x", "w"), "else")),
                List.of());
        NodeProto choice = node(
                "If",
                List.of("condition"),
                "y",
                AttributeProto.of("else_branch", otherwise),
                AttributeProto.of("then_branch", then));
        GraphProto graph = GraphProto.of(
                "branches",
                List.of(choice),
                List.of(),
                List.of(
                        ValueInfoProto.of("x", MATRIX),
                        ValueInfoProto.of("condition", OnnxTypes.proto(Type.tensor(DType.BOOL)))),
                List.of(ValueInfoProto.of("y", MATRIX)));
        return OnnxWriter.toBytes(ModelProto.of(8, "test", "", graph, List.of(new OperatorSetIdProto("", 17))));
    }

    private static Map<String, Tensor> inputs(boolean condition) {
        return Map.of(
                "x", Tensor.of(new float[] {1, 0, 0, 1}, 2, 2), "condition", Tensor.of(new boolean[] {condition}));
    }

    @Test
    void areWrittenBack() throws Exception {
        Path saved = folder.resolve("saved.onnx");
        Dataset data = Dataset.ofBatches(List.of(
                new Dataset.Batch(inputs(true), Tensor.zeros(DType.F32, 2, 2)),
                new Dataset.Batch(inputs(false), Tensor.zeros(DType.F32, 2, 2))));
        try (Model model = Model.load(file(), ModelOptions.defaults());
                Model tuned = Trainer.of(model)
                        .loss(Losses.mse())
                        .optimizer(new SGD(1))
                        .fit(data, Epochs.of(1))) {
            // x is the identity and the loss the mean of four squares: each weight is halved
            assertThat(tuned.run(inputs(true)).get("y").asTensor().toFloats()).containsExactly(0.5f, 1, 1.5f, 2);
            assertThat(tuned.run(inputs(false)).get("y").asTensor().toFloats()).containsExactly(2.5f, 3, 3.5f, 4);
            tuned.save(saved);
        }
        try (Model again = Model.load(saved)) {
            assertThat(again.run(inputs(true)).get("y").asTensor().toFloats()).containsExactly(0.5f, 1, 1.5f, 2);
            assertThat(again.run(inputs(false)).get("y").asTensor().toFloats()).containsExactly(2.5f, 3, 3.5f, 4);
        }
        // patched, not rewritten
        ModelProto proto = OnnxReader.readModel(saved);
        assertThat(proto.producerName()).isEqualTo("test");
        assertThat(proto.graph().nodes())
                .singleElement()
                .satisfies(n -> assertThat(n.name()).isEqualTo("y_node"));
    }

    /// As a recurrence that also takes sequences without rows: what a Transpose turns over has a rank only where the
    /// extents of x are known.
    private static byte[] fileOfOpenRanks() {
        TypeProto open = OnnxTypes.proto(Type.tensor(DType.F32, Shape.of(Dim.symbol("n"), Dim.symbol("m"))));
        GraphProto then = branch("then", List.of(node("Identity", List.of("x"), "then")), List.of());
        GraphProto otherwise = branch("else", List.of(node("Reshape", List.of("x", "flat"), "else")), List.of());
        List<NodeProto> nodes = List.of(
                node("Size", List.of("x"), "size"),
                node("Equal", List.of("size", "four"), "isSquare"),
                node(
                        "If",
                        List.of("isSquare"),
                        "seen",
                        AttributeProto.of("else_branch", otherwise),
                        AttributeProto.of("then_branch", then)),
                node("Transpose", List.of("seen"), "turned"),
                node("MatMul", List.of("turned", "w"), "y"));
        List<TensorProto> initializers = List.of(
                OnnxTensors.encode("four", Tensor.of(new long[] {4})),
                OnnxTensors.encode("flat", Tensor.of(new long[] {-1}, 1)),
                weights(1, 2, 3, 4));
        GraphProto graph = GraphProto.of(
                "ranks",
                nodes,
                initializers,
                List.of(ValueInfoProto.of("x", open)),
                List.of(ValueInfoProto.of("y", MATRIX)));
        return OnnxWriter.toBytes(ModelProto.of(8, "test", "", graph, List.of(new OperatorSetIdProto("", 17))));
    }

    @Test
    void areReachedThroughRanksThatOnlyTheDataTells() {
        Map<String, Tensor> inputs = Map.of("x", Tensor.of(new float[] {1, 0, 0, 1}, 2, 2));
        Dataset data = Dataset.ofBatches(List.of(new Dataset.Batch(inputs, Tensor.zeros(DType.F32, 2, 2))));
        try (Model model = Model.load(fileOfOpenRanks(), ModelOptions.defaults())) {
            Trainer trainer = Trainer.of(model).loss(Losses.mse()).optimizer(new SGD(1));
            assertThat(trainer.report().blocked()).isNotEmpty();
            assertThat(trainer.report(data).blocked()).isEmpty();
            try (Model tuned = trainer.fit(data, Epochs.of(1))) {
                assertThat(tuned.run(inputs).get("y").asTensor().toFloats()).containsExactly(0.5f, 1, 1.5f, 2);
            }
        }
    }
}
