package dev.quern.cli;

import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;

/// The stages of a command on a large model as a progress bar on stderr.
final class StageBar implements AutoCloseable {
    private static final long LARGE = 32L << 20;

    private final Optional<ProgressBar> bar;

    /// @param bytes the size of the model: small ones are done before a bar could be read
    StageBar(String task, int stages, long bytes) {
        bar = bytes < LARGE ? Optional.empty() : Optional.of(TrainingBar.onStderr(task, " stages", stages));
    }

    /// Begins a stage.
    void show(String stage) {
        bar.ifPresent(b -> {
            b.setExtraMessage(" " + stage);
            b.step();
        });
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}
