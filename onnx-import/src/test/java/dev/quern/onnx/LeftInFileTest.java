package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Products;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Large weights of a model that is only written again stay in its file until their turn comes.
final class LeftInFileTest {
    private static final int SIZE = 600;

    @TempDir
    Path folder;

    private final OnnxFormat format = new OnnxFormat();
    private Path file = Path.of("");

    @BeforeEach
    void write() {
        file = folder.resolve("model.onnx");
        float[] weights = new float[SIZE * SIZE];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.sin(i);
        }
        GraphBuilder g = new GraphBuilder("product");
        Value x = g.input("x", Type.tensor(DType.F32, 1, SIZE));
        g.output("y", g.apply(new Products.MatMul(), x, g.parameter("w", Tensor.of(weights, SIZE, SIZE))));
        format.save(g.build(), ModelInfo.none(), Optional.empty(), file, SaveOptions.defaults());
    }

    private static Tensor weights(Graph graph) {
        return graph.nodes().getFirst().input(1).constant().orElseThrow();
    }

    @Test
    void isLeftThereByReadingAndNotByLoading() {
        assertThat(weights(format.read(file).graph()).isDeferred()).isTrue();
        assertThat(weights(format.load(file).graph()).isDeferred()).isFalse();
        assertThat(weights(format.read(file).graph())
                        .sameAs(weights(format.load(file).graph())))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isWrittenAsWhatIsLoaded(boolean beside) throws IOException {
        SaveOptions options = SaveOptions.defaults().with(SaveOptions.Form.REWRITE);
        SaveOptions chosen = beside ? options.withWeightsFile("weights.bin") : options;
        byte[] left = written(format.read(file), chosen);
        assertThat(left).isEqualTo(written(format.load(file), chosen));
    }

    private byte[] written(ModelFormat.Loaded model, SaveOptions options) throws IOException {
        Path out = folder.resolve("out.onnx");
        format.save(model.graph(), model.info(), Optional.of(model.source()), out, options);
        Path weights = folder.resolve("weights.bin");
        return Files.readAllBytes(options.weightsFile().isPresent() ? weights : out);
    }
}
