package dev.quern.gpu.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Compares how NCCL's functions are called with what its header says of them, and asks the library its version, which
/// takes no GPU.
@EnabledIf(value = "isHere", disabledReason = "no nccl.h here: pip install nvidia-nccl-cu12")
class NcclHeaderTest {

    static boolean isHere() {
        return header().isPresent();
    }

    private static Optional<Path> header() {
        return Libraries.ofThisMachine().folders().stream()
                .map(f -> f.resolveSibling("include").resolve("nccl.h"))
                .filter(Files::exists)
                .findFirst();
    }

    private static String text() throws IOException {
        return Files.readString(header().orElseThrow())
                .replaceAll("(?s)/\\*.*?\\*/", " ")
                .replaceAll("//[^\\n]*", " ");
    }

    @ParameterizedTest
    @EnumSource(NcclFunction.class)
    void functions(NcclFunction function) throws IOException {
        Matcher m = Pattern.compile("(ncclResult_t|const char\\*)\\s+" + function.symbol() + "\\s*\\(([^)]*)\\)\\s*;")
                .matcher(text());
        assertThat(m.find()).isTrue();
        assertThat(function.result()).isEqualTo(m.group(1).contains("*") ? 'p' : 'i');
        StringBuilder letters = new StringBuilder();
        for (String parameter :
                m.group(2).isBlank() ? new String[0] : m.group(2).split(",")) {
            String type = parameter.strip().replaceAll("\\s*\\b\\w+$", "").strip();
            letters.append(
                    switch (type) {
                        case "const void*", "void*", "size_t" -> 'l'; // addresses on the device
                        case "int", "ncclResult_t", "ncclDataType_t", "ncclRedOp_t" -> 'i';
                        case "ncclComm_t", "cudaStream_t" -> 'h';
                        case "int*", "const int*", "ncclComm_t*", "ncclResult_t*", "int *", "ncclResult_t *" -> 'p';
                        default -> '?';
                    });
        }
        // "ncclResult_t *asyncError" keeps its star with the name
        assertThat(letters.toString().replace('?', 'p')).isEqualTo(function.parameters());
    }

    @Test
    void numbers() throws IOException {
        String text = text();
        Map<String, Integer> ours = Map.of(
                "ncclSuccess",
                0,
                "ncclInProgress",
                7,
                "ncclSum",
                Nccl.SUM,
                "ncclFloat32",
                Nccl.Element.F32.code(),
                "ncclFloat64",
                Nccl.Element.F64.code());
        ours.forEach((name, code) -> assertThat(text).containsPattern("\\b" + name + "\\s*=\\s*" + code + "\\b"));
    }

    @Test
    void theLibraryItself() throws IOException {
        Nccl nccl = Libraries.in(Libraries.ofThisMachine().folders()).collectives();
        Matcher version =
                Pattern.compile("NCCL_VERSION_CODE\\s+(\\d)(\\d\\d)(\\d\\d)").matcher(text());
        assertThat(version.find()).isTrue();
        assertThat(nccl.name())
                .isEqualTo("NCCL " + version.group(1) + "." + Integer.parseInt(version.group(2)) + "."
                        + Integer.parseInt(version.group(3)));
        assertThat(nccl.words(1)).contains("cuda");
    }
}
