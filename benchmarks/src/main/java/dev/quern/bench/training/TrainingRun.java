package dev.quern.bench.training;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.train.Epochs;
import dev.quern.train.Losses;
import dev.quern.train.Trainer;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Measures one work in this process: `WORK THREADS SECONDS [profile]`, where the works are those of [Work] and
/// `optimizer`. Prints `median milliseconds a step, least, peak resident MB, last loss`; with `profile` first where the
/// time of a step goes: the least milliseconds of each kernel.
public final class TrainingRun {
    private static final int MOST_SHOWN = 60;

    private final StepTimes times = new StepTimes();
    private final Map<String, Long> nanos = new HashMap<>();
    private final Map<String, Long> least = new HashMap<>();
    private double loss = Double.NaN;

    private TrainingRun() {}

    public static void main(String[] args) throws IOException {
        ModelOptions options = ModelOptions.defaults().threads(Integer.parseInt(args[1]));
        Duration time = Duration.ofMillis((long) (Double.parseDouble(args[2]) * 1000));
        TrainingRun run = new TrainingRun();
        if (args[0].equals("optimizer")) {
            run.optimizer(options, time);
        } else {
            run.train(Work.named(args[0]), options, time, args.length > 3);
        }
        run.least.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(MOST_SHOWN)
                .forEach(e -> System.out.printf(Locale.ROOT, "%10.4f  %s%n", e.getValue() * 1e-6, e.getKey()));
        System.out.println(run.times.result(run.loss));
    }

    private void train(Work work, ModelOptions options, Duration time, boolean profiles) {
        try (Model model = Model.of(work.network().get(), options)) {
            Trainer trainer = Trainer.of(model);
            if (profiles) {
                trainer.profile(this::count);
            }
            trainer.loss(Losses.crossEntropy())
                    .optimizer(work.optimizer())
                    .maxTime(time)
                    .onStep(p -> {
                        times.stepEnded();
                        loss = p.loss();
                        nanos.forEach((kernel, took) -> least.merge(kernel, took, Math::min));
                        nanos.clear();
                    })
                    .fit(work.data(), Epochs.of(1_000_000))
                    .close();
        }
    }

    private void count(Program.Step step, long took) {
        nanos.merge(step.kernel().name() + "  " + step.name() + "  " + shapes(step.kernel()), took, Long::sum);
    }

    private static String shapes(Kernel kernel) {
        return kernel.inputs().stream().map(v -> Arrays.toString(v.dims())).collect(Collectors.joining(" ")) + " → "
                + kernel.outputs().stream().map(v -> Arrays.toString(v.dims())).collect(Collectors.joining(" "));
    }

    private void optimizer(ModelOptions options, Duration time) {
        try (OptimizerAlone alone = new OptimizerAlone(options)) {
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < time.toNanos()) {
                alone.step();
                times.stepEnded();
            }
        }
    }
}
