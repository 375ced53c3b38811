package dev.quern.train;

import dev.quern.backend.CancelledException;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Runs steps: feeds batches, takes results over if they are sound, tells, keeps checkpoints.
final class TrainingLoop implements AutoCloseable {
    private static final int LOSS = 0;
    private static final int GRADIENT_NORM = 1;
    private static final int METRICS = 2;

    private final StepGraph step;
    private final Variables variables;
    private final Optimizer optimizer;
    private final GraphRunner runner;
    private final int metrics;

    TrainingLoop(StepGraph step, Variables variables, Optimizer optimizer, ModelOptions options) {
        this.step = step;
        this.variables = variables;
        this.optimizer = optimizer;
        this.runner = GraphRunner.of(step.graph(), options);
        this.metrics =
                step.graph().outputs().size() - METRICS - step.variables().size();
    }

    /// A course of steps.
    ///
    /// @param steps how many in all, those before a resumption included
    /// @param every a checkpoint after each multiple of this many steps
    /// @param course what a checkpoint must share to be resumed from
    record Plan(
            Dataset data,
            DataFit fit,
            int epochs,
            long steps,
            Schedule schedule,
            Consumer<Progress> listener,
            Optional<CheckpointFolder> checkpoints,
            long every,
            String course) {}

    void run(Plan plan, Optional<Checkpoint> start) {
        long begin = System.nanoTime();
        Checkpoint at = start.orElse(new Checkpoint(0, 1, 0, plan.course(), Map.of()));
        if (start.isPresent()) {
            if (!at.course().equals(plan.course())) {
                throw new CheckpointException("the checkpoint is of another course of training: it had " + at.course()
                        + "; this one has " + plan.course());
            }
            variables.restore(at.variables());
        }
        while (at.step() < plan.steps()) {
            int[] order = plan.data().epoch(at.epoch());
            while (at.batch() < plan.data().batches() && at.step() < plan.steps()) {
                Results results = step(plan, at, plan.data().batch(order, at.batch()));
                at = new Checkpoint(at.step() + 1, at.epoch(), at.batch() + 1, at.course(), Map.of());
                plan.listener().accept(results.progress(plan, at, (System.nanoTime() - begin) * 1e-9));
                if (at.step() % plan.every() == 0 && at.step() < plan.steps()) {
                    keep(plan, at);
                }
            }
            if (at.batch() == plan.data().batches()) {
                at = new Checkpoint(at.step(), at.epoch() + 1, 0, at.course(), Map.of());
            }
        }
        keep(plan, at);
    }

    private void keep(Plan plan, Checkpoint at) {
        plan.checkpoints()
                .ifPresent(folder -> folder.save(
                        new Checkpoint(at.step(), at.epoch(), at.batch(), at.course(), variables.byName())));
    }

    /// What a step has found.
    private record Results(double loss, double gradientNorm, double learningRate, Map<String, Double> metrics) {
        Progress progress(Plan plan, Checkpoint done, double seconds) {
            return new Progress(
                    done.step(),
                    plan.steps(),
                    done.epoch(),
                    plan.epochs(),
                    loss,
                    learningRate,
                    gradientNorm,
                    metrics,
                    seconds);
        }
    }

    /// One step; the variables change only if its loss and gradient are finite.
    private Results step(Plan plan, Checkpoint before, Dataset.Batch batch) {
        long number = before.step() + 1;
        double rate = optimizer.learningRate() * plan.schedule().at(number, plan.steps());
        List<Tensor> inputs = new ArrayList<>(plan.fit().inputs(batch));
        if (step.takesStep()) {
            inputs.add(Tensor.scalar(DType.I64, number));
        }
        inputs.add(batch.label());
        for (double factor : optimizer.factors(number, rate)) {
            inputs.add(Tensor.scalar(step.factorType(), factor));
        }
        inputs.addAll(variables.current());
        List<Datum> outputs;
        try {
            outputs = runner.run(inputs, places());
        } catch (CancelledException e) {
            keep(plan, before);
            throw e;
        }
        double loss = outputs.get(LOSS).asTensor().getDouble(0);
        double norm = outputs.get(GRADIENT_NORM).asTensor().getDouble(0);
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new DivergedException(
                    number,
                    "the loss is " + loss + ", the length of the gradient " + norm
                            + " (a smaller learning rate or clipNorm(1) may help)");
        }
        variables.unsound().ifPresent(name -> {
            throw new DivergedException(
                    number, "\"" + name + "\" is no finite number (a batch of one value a channel has no variance)");
        });
        variables.commit();
        Map<String, Double> measured = new LinkedHashMap<>();
        for (int i = METRICS; i < METRICS + metrics; i++) {
            measured.put(
                    step.graph().outputNames().get(i), outputs.get(i).asTensor().getDouble(0));
        }
        return new Results(loss, norm, rate, measured);
    }

    private List<Optional<Tensor>> places() {
        List<Optional<Tensor>> places = new ArrayList<>();
        for (int i = 0; i < METRICS + metrics; i++) {
            places.add(Optional.empty());
        }
        places.addAll(variables.next());
        return places;
    }

    @Override
    public void close() {
        runner.close();
    }
}
