package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Models from PyTorch, Keras and scikit-learn give what their own framework gave, as `quern verify` judges.
final class GoldenModelsTest {
    private static final Path MODELS = Path.of("..", "fixtures", "models");

    static Stream<Arguments> models() throws IOException {
        try (Stream<Path> folders = Files.list(MODELS)) {
            List<String> names =
                    folders.map(f -> f.getFileName().toString()).sorted().toList();
            return EveryBackend.with(names, Arguments::of);
        }
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("models")
    void givesWhatItsFrameworkGave(String backend, String name) throws IOException {
        Path file = MODELS.resolve(name).resolve("model.onnx");
        ModelOptions options =
                ModelOptions.defaults().backend(Backends.prefer(backend)).threads(2);
        try (Model model = Model.load(file, options)) {
            assertThat(model.backend().name()).isEqualTo(backend);
            List<DataSet> sets = DataSet.beside(file);
            assertThat(sets).hasSize(2);
            for (DataSet set : sets) {
                assertThat(new Verification(model, Tolerance.VERIFY).run(set)).isEmpty();
            }
        }
    }

    @Test
    void labelsAndKeysAreCompared() {
        assertThat(difference(labels("setosa"), labels("setosa"))).isEmpty();
        assertThat(difference(labels("setosa"), labels("virginica"))).isPresent();
        assertThat(difference(scores("setosa"), scores("setosa"))).isEmpty();
        assertThat(difference(scores("setosa"), scores("virginica"))).isPresent();
    }

    private static Optional<String> difference(Datum expected, Datum actual) {
        return Tolerance.VERIFY.difference(expected, actual);
    }

    private static Tensor labels(String label) {
        return Tensor.of(new String[] {label}, 1);
    }

    private static Datum scores(String key) {
        Type number = Type.tensor(DType.F32);
        return new Datum.Mapping(DType.STRING, number, Map.of(key, Tensor.scalar(DType.F32, 0.5)));
    }
}
