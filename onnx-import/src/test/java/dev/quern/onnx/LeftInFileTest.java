package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Products;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Large weights stay in the model's file until their turn comes.
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
    void isLeftThereUntilItIsAskedFor() {
        Tensor left = weights(format.load(file).graph());
        assertThat(left.isDeferred()).isTrue();
        assertThat(left.getDouble(SIZE)).isEqualTo((float) Math.sin(SIZE));
        float[] copy = new float[SIZE * SIZE];
        weights(format.load(file).graph()).copyTo(copy);
        assertThat(copy).isEqualTo(left.toFloats());
    }

    @Test
    void isRefusedFromAFileThatWasWrittenOver() throws IOException {
        Tensor left = weights(format.load(file).graph());
        Files.write(file, new byte[] {1, 2, 3});
        assertThatThrownBy(left::array)
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("was written over")
                .hasMessageContaining("moving it there");
    }

    @Test
    void isStillThereWhenAnotherFileTookThePlaceOfItsOwn() throws IOException {
        Tensor left = weights(format.load(file).graph());
        Path other = Files.write(folder.resolve("other"), new byte[] {1, 2, 3});
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(left.getDouble(SIZE)).isEqualTo((float) Math.sin(SIZE));
        Files.delete(file);
        assertThat(left.getDouble(1)).isEqualTo((float) Math.sin(1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isWrittenAsWhatIsLoaded(boolean beside) throws IOException {
        SaveOptions options = SaveOptions.defaults().with(SaveOptions.Form.REWRITE);
        SaveOptions chosen = beside ? options.withWeightsFile("weights.bin") : options;
        byte[] left = written(format.load(file), chosen);
        assertThat(left).isEqualTo(written(format.load(Files.readAllBytes(file)), chosen));
    }

    private byte[] written(ModelFormat.Loaded model, SaveOptions options) throws IOException {
        Path out = folder.resolve("out.onnx");
        format.save(model.graph(), model.info(), Optional.of(model.source()), out, options);
        Path weights = folder.resolve("weights.bin");
        return Files.readAllBytes(options.weightsFile().isPresent() ? weights : out);
    }
}
