package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.backend.Backends;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TensorShapeProto.Dimension;
import dev.quern.onnx.proto.TensorShapeProto.Extent;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Operands that most files fix and some leave to the run.
final class RunTimeFlagsTest {
    private static final int N = 4000;

    @Test
    void dropoutThatTheRunDecides() {
        try (Model model = dropout()) {
            float[] ones = new float[N];
            Arrays.fill(ones, 1);
            Map<String, Datum> off = model.run(inputs(ones, 0.25f, false));
            assertThat(((float[]) off.get("y").asTensor().array())).containsOnly(1f);
            assertThat(kept(off)).isEqualTo(N);

            Map<String, Datum> on = model.run(inputs(ones, 0.25f, true));
            assertThat(kept(on) / (double) N).isCloseTo(0.75, within(0.03));
            Tensor y = on.get("y").asTensor();
            Tensor mask = on.get("mask").asTensor();
            for (int i = 0; i < N; i++) {
                assertThat(y.getFloat(i)).isEqualTo(mask.getLong(i) != 0 ? 1 / 0.75f : 0f);
            }
            assertThat(model.run(inputs(ones, 0.25f, true)).get("y").asTensor().sameAs(y))
                    .isTrue();
            assertThat(kept(model.run(inputs(ones, 0, true)))).isEqualTo(N);
            assertThat(kept(model.run(inputs(ones, 1, true)))).isZero();
            assertThat(((float[])
                            model.run(inputs(ones, 1, true)).get("y").asTensor().array()))
                    .containsOnly(0f);
        }
    }

    @Test
    void categoriesThatAreNumbers() {
        Tensor x = Tensor.of(new long[] {7, 4, -1, 5}, 4);
        float[] expected = {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0};
        try (Model lenient = oneHot(DataType.INT64, 1);
                Model strict = oneHot(DataType.INT64, 0);
                Model floats = oneHot(DataType.FLOAT, 0)) {
            assertThat(lenient.run(x).sameAs(Tensor.of(expected, 4, 3))).isTrue();
            Tensor known = Tensor.of(new long[] {7, 4, -1}, 3);
            Tensor three = Tensor.of(Arrays.copyOf(expected, 9), 3, 3);
            assertThat(strict.run(known).sameAs(three)).isTrue();
            assertThat(floats.run(Tensor.of(new float[] {7, 4, -1}, 3)).sameAs(three))
                    .isTrue();
            assertThatThrownBy(() -> strict.run(x))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("5 is not one of the categories");
        }
    }

    private static Map<String, Tensor> inputs(float[] x, float ratio, boolean training) {
        return Map.of(
                "x", Tensor.of(x, x.length),
                "ratio", Tensor.scalar(DType.F32, ratio),
                "training", Tensor.scalar(DType.BOOL, training ? 1 : 0));
    }

    private static int kept(Map<String, Datum> outputs) {
        Tensor mask = outputs.get("mask").asTensor();
        int kept = 0;
        for (int i = 0; i < mask.length(); i++) {
            kept += (int) mask.getLong(i);
        }
        return kept;
    }

    private static Model dropout() {
        NodeProto node = NodeProto.of(
                "",
                "Dropout",
                "drop",
                List.of("x", "ratio", "training"),
                List.of("y", "mask"),
                List.of(AttributeProto.of("seed", 3L)));
        return model(
                node,
                List.of(
                        vector("x", DataType.FLOAT),
                        scalar("ratio", DataType.FLOAT),
                        scalar("training", DataType.BOOL)),
                List.of(vector("y", DataType.FLOAT), vector("mask", DataType.BOOL)));
    }

    private static Model oneHot(DataType type, long zeros) {
        NodeProto node = NodeProto.of(
                "ai.onnx.ml",
                "OneHotEncoder",
                "encode",
                List.of("x"),
                List.of("y"),
                List.of(AttributeProto.ofInts("cats_int64s", 4, -1, 7), AttributeProto.of("zeros", zeros)));
        return model(node, List.of(vector("x", type)), List.of(untyped("y")));
    }

    private static Model model(NodeProto node, List<ValueInfoProto> inputs, List<ValueInfoProto> outputs) {
        GraphProto graph = GraphProto.of("flags", List.of(node), List.of(), inputs, outputs);
        ModelProto model = ModelProto.of(
                8,
                "test",
                "1",
                graph,
                List.of(new OperatorSetIdProto("", 17), new OperatorSetIdProto("ai.onnx.ml", 3)));
        return Model.load(OnnxWriter.toBytes(model), ModelOptions.defaults().backend(Backends.prefer("reference")));
    }

    private static ValueInfoProto vector(String name, DataType type) {
        Dimension any = Dimension.of(new Extent.Symbol("N"));
        return ValueInfoProto.of(name, TypeProto.tensor(type, TensorShapeProto.of(List.of(any))));
    }

    private static ValueInfoProto scalar(String name, DataType type) {
        return ValueInfoProto.of(name, TypeProto.tensor(type, TensorShapeProto.of(List.of())));
    }

    private static ValueInfoProto untyped(String name) {
        return ValueInfoProto.of(name, TypeProto.tensor(DataType.FLOAT, null));
    }
}
