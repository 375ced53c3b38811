package dev.quern.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `--json[=FILE]`: one JSON object on stdout, or in a file.
final class JsonOutput {
    @Option(
            names = "--json",
            arity = "0..1",
            fallbackValue = "-",
            paramLabel = "FILE",
            description = "print one JSON object on stdout, or write it to FILE")
    @Nullable
    String target;

    /// Whether stdout must hold nothing but the JSON object.
    boolean ownsStdout() {
        return "-".equals(target);
    }

    boolean isWanted() {
        return target != null;
    }

    void write(Map<String, Object> object) throws IOException {
        String text = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(object);
        if (ownsStdout()) {
            System.out.println(text);
        } else if (target != null) {
            Files.writeString(Path.of(target), text + "\n");
        }
    }
}
