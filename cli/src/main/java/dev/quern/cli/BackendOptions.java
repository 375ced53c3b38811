package dev.quern.cli;

import dev.quern.backend.Backends;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a model runs: options that several commands share.
final class BackendOptions {
    @Option(
            names = "--backend",
            split = ",",
            paramLabel = "B",
            description = "cpu, reference …, or a list in order of preference; by default the best that is available")
    @Nullable
    List<String> backends;

    @Option(names = "--threads", paramLabel = "N", description = "threads of one run; by default all processors")
    @Nullable
    Integer threads;

    ModelOptions toModelOptions() {
        if (threads != null && threads < 1) {
            throw new ModelException("--threads must be at least 1, not " + threads);
        }
        ModelOptions options = ModelOptions.defaults();
        if (backends != null) {
            options = options.backend(Backends.prefer(backends.toArray(String[]::new)));
        }
        return threads == null ? options : options.threads(threads);
    }
}
