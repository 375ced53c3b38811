package dev.quern.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quern.gradient.Gradient;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Losses;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loss and gradients of whole models, for a batch of any size, as ONNX files that ONNX Runtime runs.
final class WrittenGradientsTest {
    private static final int BATCH = 3;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"digits-mlp", "digits-cnn", "digits-cnn-bn", "keras-digits"})
    void agreesWithOnnxRuntime(String name) throws OrtException {
        Graph graph = withGradients(Model.read(Path.of("..", "fixtures", "models", name, "model.onnx"))
                .graph());
        assertThat(graph.outputs()).hasSizeGreaterThan(3);
        Path file = folder.resolve("gradients.onnx");
        Graph read = Rewriting.through(graph, file).graph();
        Tensor x = images(graph.inputs().getFirst().shape());
        Tensor labels = Tensor.of(new long[] {3, 0, 7}, BATCH);
        List<Datum> expected = new Evaluator().run(graph, List.of(x, labels));
        assertThat(Closeness.first(expected, new Evaluator().run(read, List.of(x, labels))))
                .isEmpty();
        List<Datum> theirs = run(file, read.inputs().getFirst().name(), x, labels, expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(largestDifference(
                            expected.get(i).asTensor(), theirs.get(i).asTensor()))
                    .as(graph.outputNames().get(i))
                    .isLessThan(1e-4);
        }
    }

    private static Graph withGradients(Graph model) {
        GraphBuilder g = new GraphBuilder("gradients");
        Map<Value, Value> to = new IdentityHashMap<>();
        Value x = model.inputs().getFirst();
        to.put(x, g.input(x.name(), x.type()));
        Value labels = g.input("labels", Type.tensor(DType.I64, Shape.of(Dim.symbol("N"))));
        g.inline(model, to);
        Value scores = to.get(model.outputs().getFirst());
        Losses.SoftmaxCrossEntropyLoss loss =
                new Losses.SoftmaxCrossEntropyLoss(Losses.Reduction.MEAN, Optional.empty(), false);
        Value value = g.apply(loss, scores, labels);
        List<Value> parameters =
                model.parameters().stream().filter(v -> v.dtype().isFloat()).toList();
        List<Value> gradients = Gradient.of(g, value, parameters);
        g.output("loss", value);
        for (int i = 0; i < parameters.size(); i++) {
            g.output("d " + parameters.get(i).name(), gradients.get(i));
        }
        return g.build();
    }

    private static Tensor images(Shape shape) {
        Tensor x = Tensor.zeros(DType.F32, shape.with(0, Dim.of(BATCH)));
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < x.length(); i++) {
            x.elements().set(i, random.nextInt(17) / 16.0);
        }
        return x;
    }

    private static List<Datum> run(Path file, String input, Tensor x, Tensor labels, List<Datum> like)
            throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        List<Datum> results = new ArrayList<>();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor images = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(x.toFloats()), x.shape().extents());
                OnnxTensor classes = OnnxTensor.createTensor(
                        environment,
                        LongBuffer.wrap(labels.toLongs()),
                        labels.shape().extents());
                OrtSession.Result all = session.run(Map.of(input, images, "labels", classes))) {
            for (int i = 0; i < like.size(); i++) {
                float[] floats = new float[like.get(i).asTensor().length()];
                ((OnnxTensor) all.get(i)).getFloatBuffer().get(floats);
                results.add(
                        Tensor.wrap(DType.F32, floats, like.get(i).asTensor().shape()));
            }
        }
        return results;
    }

    private static double largestDifference(Tensor a, Tensor b) {
        double scale = 1e-3;
        double difference = 0;
        for (int i = 0; i < a.length(); i++) {
            scale = Math.max(scale, Math.abs(a.getDouble(i)));
            difference = Math.max(difference, Math.abs(a.getDouble(i) - b.getDouble(i)));
        }
        return difference / scale;
    }
}
