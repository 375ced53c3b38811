package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs `quern` commands: in this process, and in one of their own as `./quern` starts them.
final class Commands {
    private Commands() {}

    /// How a command ended.
    ///
    /// @param said what it wrote to standard error
    record Outcome(int status, String said, double millis) {}

    static Outcome run(String... arguments) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        long start = System.nanoTime();
        int status;
        try {
            status = Main.run(arguments);
        } finally {
            System.setErr(before);
        }
        return new Outcome(status, bytes.toString(StandardCharsets.UTF_8), (System.nanoTime() - start) / 1e6);
    }

    static Outcome runInAProcess(String... arguments) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = start(arguments);
        return end(process, start);
    }

    /// The flags are those of `./quern`, and so is the way in which the JVM's own warning is kept off standard error.
    static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$0\" \"$@\" 3>&2 2>/dev/null"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-opens", "java.base/java.io=ALL-UNNAMED", "-Dquern.stderr=3"));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-XX:MaxRAMPercentage=70", "-XX:-UsePerfData"));
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /// Waits for a process to end.
    static Outcome end(Process process, long start) throws IOException, InterruptedException {
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Outcome(process.exitValue(), said, (System.nanoTime() - start) / 1e6);
    }
}
