package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Operators of com.microsoft and old experimental ones give what ONNX Runtime recorded, integers to the last one.
final class OperatorCasesTest {
    private static final Path CASES = Path.of("..", "fixtures", "operators");

    static Stream<Arguments> cases() throws IOException {
        try (Stream<Path> folders = Files.list(CASES)) {
            List<String> names =
                    folders.map(f -> f.getFileName().toString()).sorted().toList();
            return Stream.of("reference", "cpu").flatMap(b -> names.stream().map(n -> Arguments.of(n, b)));
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("cases")
    void givesWhatOnnxRuntimeGave(String name, String backend) throws IOException {
        Path file = CASES.resolve(name).resolve("model.onnx");
        try (Model model = Model.load(file, ModelOptions.defaults().backend(Backends.prefer(backend)))) {
            List<DataSet> sets = DataSet.beside(file);
            assertThat(sets).hasSize(1);
            assertThat(new Verification(model, Tolerance.VERIFY).run(sets.getFirst()))
                    .isEmpty();
        }
    }
}
