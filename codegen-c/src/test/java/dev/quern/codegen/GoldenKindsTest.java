package dev.quern.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.DType;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of kernel for every target, and both headers, whole: what changes in them shows in the files
/// `src/test/resources/dev/quern/codegen/golden`. `-Dquern.golden=write` writes them anew.
class GoldenKindsTest {
    private static final boolean WRITES = "write".equals(System.getProperty("quern.golden"));
    private static final Path FOLDER = Path.of("src/test/resources/dev/quern/codegen/golden");

    /// All but those that a backend claims for itself, which have no text.
    static Stream<Class<?>> kinds() {
        return Arrays.stream(Kernel.class.getPermittedSubclasses())
                .filter(kind -> Record.class.isAssignableFrom(kind) && Kernel.class.isAssignableFrom(kind))
                .filter(kind -> kind != Kernel.Native.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void textOfAKind(Class<?> kind) throws IOException {
        Program program = exampleOf(kind);
        StringBuilder text = new StringBuilder();
        for (Target target : Target.values()) {
            text.append("// ").append(target).append('\n');
            for (Launch launch : KernelCode.of(program.steps().getFirst().kernel(), program.buffers(), target)) {
                text.append(launch.text());
            }
        }
        check(kind.getSimpleName() + ".txt", text.toString());
    }

    @Test
    void whatStandsBeforeKernels() throws IOException {
        check("OPENCL-header.txt", Dialect.OPENCL.source(List.of()));
        check("CUDA-header.txt", Dialect.CUDA.source(List.of()));
    }

    /// The first case of the backend suite that is one such kernel and gives floats, or the first that is one.
    private static Program exampleOf(Class<?> kind) {
        List<Program> found = BackendConformance.cases()
                .map(KernelCase::program)
                .filter(p -> p.steps().size() == 1
                        && kind.isInstance(p.steps().getFirst().kernel()))
                .toList();
        return found.stream()
                .filter(p ->
                        p.buffers().stream().anyMatch(b -> b.dtype() == DType.F32 && b.role() instanceof Buffer.Output))
                .findFirst()
                .orElseGet(found::getFirst);
    }

    static void check(String name, String text) throws IOException {
        if (WRITES) {
            Files.createDirectories(FOLDER);
            Files.writeString(FOLDER.resolve(name), text);
        }
        try (InputStream in = GoldenKindsTest.class.getResourceAsStream("golden/" + name)) {
            assertThat(in)
                    .as("golden/%s, which -Dquern.golden=write makes", name)
                    .isNotNull();
            assertThat(text).isEqualTo(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
