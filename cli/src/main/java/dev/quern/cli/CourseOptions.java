package dev.quern.cli;

import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.train.Schedule;
import dev.quern.train.Schedules;
import dev.quern.train.Trainer;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How long a training goes on, and how its learning rate changes meanwhile.
final class CourseOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([kmg])");
    private static final Pattern TIME = Pattern.compile("(\\d+)([smh])");

    @Option(names = "--epochs", paramLabel = "N", description = "passes over the data; default ${DEFAULT-VALUE}")
    int epochs = 3;

    @Option(names = "--steps", paramLabel = "N", description = "stop after this many steps")
    @Nullable
    Long steps;

    @Option(names = "--max-time", paramLabel = "T", description = "stop after this time: 90s, 10m, 2h")
    @Nullable
    String longest;

    @Option(
            names = "--schedule",
            paramLabel = "S",
            description = "the learning rate over time: constant, cosine, linear, or N:F for times F after every N"
                    + " steps; default ${DEFAULT-VALUE}")
    String schedule = "constant";

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "steps in which the learning rate rises; default ${DEFAULT-VALUE}")
    long warmUp;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "stop after this many epochs without a lower loss on the validation data; by default never")
    int patience = Integer.MAX_VALUE;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "bf16 or f16: products and convolutions in 16 bits, parameters in 32; default as the model")
    @Nullable
    String precision;

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            description = "compute inner values twice rather than plan more memory for a gradient: 900k, 512m, 2g")
    @Nullable
    String memory;

    void applyTo(Trainer trainer) {
        if (precision != null) {
            trainer.mixedPrecision(type(precision));
        }
        if (memory != null) {
            trainer.memoryBudget(bytes(memory));
        }
        trainer.schedule(Schedules.warmedUp(warmUp, toSchedule()));
        if (steps != null) {
            trainer.maxSteps(steps);
        }
        if (longest != null) {
            trainer.maxTime(time(longest));
        }
    }

    private Schedule toSchedule() {
        return switch (schedule) {
            case "constant" -> Schedules.constant();
            case "cosine" -> Schedules.cosine(0);
            case "linear" -> Schedules.linear(0);
            default -> {
                Matcher m = Pattern.compile("(\\d+):([0-9.eE-]+)").matcher(schedule);
                if (!m.matches()) {
                    throw new ModelException(
                            "--schedule must be constant, cosine, linear or N:F such as 1000:0.5, not " + schedule);
                }
                yield Schedules.steps(Long.parseLong(m.group(1)), Double.parseDouble(m.group(2)));
            }
        };
    }

    private static DType type(String text) {
        return switch (text) {
            case "bf16" -> DType.BF16;
            case "f16" -> DType.F16;
            default -> throw new ModelException("--precision must be bf16 or f16, not " + text);
        };
    }

    private static long bytes(String text) {
        Matcher m = SIZE.matcher(text);
        if (!m.matches()) {
            throw new ModelException("--memory-budget must be like 900k, 512m or 2g, not " + text);
        }
        int power = "kmg".indexOf(m.group(2)) + 1;
        return Long.parseLong(m.group(1)) << (10 * power);
    }

    private static Duration time(String text) {
        Matcher m = TIME.matcher(text);
        if (!m.matches()) {
            throw new ModelException("--max-time must be like 90s, 10m or 2h, not " + text);
        }
        long count = Long.parseLong(m.group(1));
        return switch (m.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }
}
