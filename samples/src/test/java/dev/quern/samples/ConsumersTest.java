package dev.quern.samples;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compiles and runs the projects of `samples/consumers` as their authors would: with plain `javac` and `java`, against
/// what this build has packaged.
class ConsumersTest {
    private static final Path CONSUMERS = Path.of("consumers");
    private static final Path MODEL = Path.of("../fixtures/models/digits-mlp/model.onnx");

    /// All that a user's program needs to run: the library's own jars (class folders where the build stopped before
    /// packaging) and nothing else.
    private static final List<String> LIBRARY =
            classPathEntries("/(engine-core|onnx-import|backend-cpu|starter)/target/");

    /// Needed to compile only, since signatures name it.
    private static final List<String> ANNOTATIONS = classPathEntries("/jspecify-[^/]*jar");

    @TempDir
    Path folder;

    @Test
    void theWholeLibraryIsUnderTest() {
        assertThat(LIBRARY).hasSize(4);
        assertThat(ANNOTATIONS).hasSize(1);
    }

    @Test
    void onTheClassPathWithoutAnyFlag() throws Exception {
        Path plugin = compile("plugin", false);
        Path score = compile("score", false);
        String path = path(LIBRARY, List.of(plugin.toString(), score.toString()));

        assertThat(java("-cp", path, "consumer.Score", MODEL.toString(), "cpu"))
                .containsExactly("cpu: f32[1,10]", "vectors: false");
        assertThat(java("-cp", path, "consumer.Score", MODEL.toString(), "counting"))
                .containsExactly("counting: run 1", "counting: f32[1,10]", "vectors: false");
    }

    @Test
    void onTheModulePathWithoutAnyFlag() throws Exception {
        Path plugin = compile("plugin", true);
        Path score = compile("score", true);
        String path = path(LIBRARY, List.of(plugin.toString(), score.toString()));

        assertThat(java("-p", path, "-m", "consumer/consumer.Score", MODEL.toString(), "cpu"))
                .containsExactly("cpu: f32[1,10]", "vectors: true");
        assertThat(java("-p", path, "-m", "consumer/consumer.Score", MODEL.toString(), "counting"))
                .containsExactly("counting: run 1", "counting: f32[1,10]", "vectors: true");
    }

    /// Compiles a project with all lints, as a module or for the class path, and copies its service files.
    private Path compile(String project, boolean module) throws Exception {
        Path sources = CONSUMERS.resolve(project);
        Path classes = Files.createDirectories(folder.resolve(project));
        List<String> command = new ArrayList<>(List.of(tool("javac"), "-Xlint:all,-incubating", "-Werror"));
        command.addAll(List.of("-d", classes.toString(), module ? "-p" : "-cp", path(LIBRARY, ANNOTATIONS)));
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.getParent().endsWith("META-INF/services")) {
                    Path copy = classes.resolve(sources.relativize(file));
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                } else if (module || !file.endsWith("module-info.java")) {
                    command.add(file.toString());
                }
            }
        }
        assertThat(run(command)).isEmpty();
        return classes;
    }

    private static List<String> java(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(tool("java")));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /// Runs a command and gives the lines of its standard output.
    private static List<String> run(List<String> command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("consumer", ".err");
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            List<String> lines = process.inputReader().lines().toList();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue())
                    .as("%s%n%s", command, Files.readString(errors))
                    .isZero();
            return lines;
        } finally {
            Files.delete(errors);
        }
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private static List<String> classPathEntries(String pattern) {
        Pattern wanted = Pattern.compile(pattern.replace("/", Pattern.quote(File.separator)));
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(wanted.asPredicate())
                .toList();
    }

    private static String path(List<String> entries, List<String> more) {
        return Stream.concat(entries.stream(), more.stream()).collect(joining(File.pathSeparator));
    }
}
