package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.session.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Old forms of operators, functions and sparse tensors give what is recorded (`tools/fixtures/make_cases.py`).
final class RecordedCasesTest {
    private static final Path CASES = Path.of("..", "fixtures", "cases");

    static Stream<Path> cases() throws IOException {
        try (Stream<Path> folders = Files.list(CASES)) {
            return folders.sorted().toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void passes(Path folder) {
        for (String backend : new String[] {"reference", "cpu"}) {
            ModelOptions options = ModelOptions.defaults().backend(Backends.prefer(backend));
            CaseResult result = CaseResult.of(CASES, folder, options);
            assertThat(result.status()).as(result.reason()).isEqualTo(CaseResult.Status.PASS);
        }
    }
}
