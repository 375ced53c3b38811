package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.session.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of operators: that what is committed is what the code says.
final class OperatorsCommandTest {
    private static final Path HOME = Path.of("..");
    private static final Path RECORDS = HOME.resolve("conformance/operators.txt");

    @Test
    void theCommittedPageIsCurrent(@TempDir Path folder) throws IOException {
        Path page = folder.resolve("operators.md");
        int status = Main.run("operators", "--cases", RECORDS.toString(), "--markdown", page.toString());
        assertThat(status).isZero();
        assertThat(Files.readString(page))
                .as("docs/operators.md is stale: make it with ./quern operators --markdown docs/operators.md; where"
                        + " conformance/operators.txt is stale too, first ./quern conformance CASES... --operators"
                        + " conformance/operators.txt")
                .isEqualTo(Files.readString(HOME.resolve("docs/operators.md")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatIsRecordedOfAnOperatorHolds(Path model) throws IOException {
        OperatorRecords recorded = OperatorRecords.read(RECORDS);
        for (OperatorRecord seen : OperatorRecords.of(model, Model.read(model).graph())) {
            OperatorRecord known = recorded.of(seen.domain(), seen.name());
            assertThat(known.runs()).as(seen.key() + " runs").containsAll(seen.runs());
            assertThat(known.gradient()).as(seen.key() + " gradient").isGreaterThanOrEqualTo(seen.gradient());
        }
    }

    static List<Path> cases() throws IOException {
        try (Stream<Path> folders = Files.list(HOME.resolve("fixtures/operators"))) {
            return folders.map(f -> f.resolve("model.onnx"))
                    .filter(f -> !f.getParent().endsWith("dynamic-quantize-lstm"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void recordsAreReadAsTheyWereWritten() {
        for (String line : List.of("ai.onnx Add 14 230 kernels yes f32,f64", "ai.onnx If 0 3 - no_floats -")) {
            assertThat(OperatorRecord.parse(line).line()).isEqualTo(line);
        }
    }

    @Test
    void typesAreShortened() {
        assertThat(TypeNames.shortened(List.of("f16", "f32", "f64", "bf16", "i64", "map(i64;f32)", "seq(string)")))
                .isEqualTo("floats, i64, map(i64;f32), seq(string)");
    }
}
