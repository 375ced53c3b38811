package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OperatorIndexTest {
    @Test
    void theFileNamesTheFamiliesOfEveryOperator() throws IOException {
        String wanted = OperatorIndex.text();
        Path fresh = Path.of("target", OperatorIndex.FILE);
        Files.createDirectories(fresh.getParent());
        Files.writeString(fresh, wanted);
        try (InputStream in = Objects.requireNonNull(OperatorIndexTest.class.getResourceAsStream(OperatorIndex.FILE))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .as("copy onnx-import/%s to onnx-import/src/main/resources/dev/quern/onnx", fresh)
                    .isEqualTo(wanted);
        }
    }

    @Test
    void whatIsFoundByItIsWhatTheWholeTableHas() {
        for (Row row : OperatorTable.rows()) {
            assertThat(OperatorTable.find(row.domain(), row.name(), row.since()))
                    .contains(row);
        }
    }
}
