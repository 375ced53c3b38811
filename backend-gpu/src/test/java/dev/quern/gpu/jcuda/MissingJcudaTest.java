package dev.quern.gpu.jcuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What is said where JCuda is chosen and something of it is missing, in processes without it.
class MissingJcudaTest {

    /// What the provider says in a JVM whose class path lacks some jars.
    private static String probed(String... missing) throws Exception {
        String classes = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(p -> Arrays.stream(missing)
                        .noneMatch(m -> Path.of(p).getFileName().toString().matches(m)))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dquern.cuda.driver=jcuda",
                        "-cp",
                        classes,
                        "dev.quern.gpu.jcuda.JcudaProbe")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return said;
    }

    @Test
    void withoutItsJar() throws Exception {
        assertThat(probed("jcuda-.*jar"))
                .startsWith("unavailable: JCuda is not there: ")
                .contains("add org.jcuda:jcuda:12.6.0 with its natives");
    }

    @Test
    void withoutItsNativeLibrary() throws Exception {
        assertThat(probed("jcuda-natives-.*jar"))
                .startsWith("unavailable: JCuda's native library does not load: ")
                .contains("add org.jcuda:jcuda:12.6.0 with its natives");
    }
}
