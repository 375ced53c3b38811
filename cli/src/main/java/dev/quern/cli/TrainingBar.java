package dev.quern.cli;

import dev.quern.train.Progress;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A progress bar of a training, on stderr.
final class TrainingBar implements AutoCloseable {
    private final ProgressBar bar;

    TrainingBar() {
        bar = onStderr("training", " steps", -1);
    }

    /// @param max how far it goes, −1 where that is not known
    static ProgressBar onStderr(String task, String unit, int max) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setConsumer(new ConsoleProgressBarConsumer(System.err)) // the default one bypasses System.err
                .setInitialMax(max)
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
                .setUpdateIntervalMillis(200)
                .setUnit(unit, 1)
                .build();
    }

    void show(Progress p) {
        bar.maxHint(p.steps());
        bar.setExtraMessage(String.format(Locale.ROOT, " epoch %d/%d, loss %.4f", p.epoch(), p.epochs(), p.loss()));
        bar.stepTo(p.step());
    }

    @Override
    public void close() {
        bar.close();
    }
}
