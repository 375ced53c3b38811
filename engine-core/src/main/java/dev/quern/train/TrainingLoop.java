package dev.quern.train;

import dev.quern.backend.CancelledException;
import dev.quern.tensor.Tensor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;

/// Goes through the data step by step: feeds batches, tells, keeps checkpoints, validates, knows when to end.
final class TrainingLoop implements AutoCloseable {
    private final Variables variables;
    private final UpdateRule rule;
    private final Steps runner;
    private final boolean isScaled;
    private final Plan plan;
    private final long begin = System.nanoTime();

    /// @param runner on the variables; closed by this
    /// @param isScaled whether there is a scale of the gradients
    TrainingLoop(Steps runner, Variables variables, UpdateRule rule, Plan plan, boolean isScaled) {
        this.variables = variables;
        this.rule = rule;
        this.plan = plan;
        this.isScaled = isScaled;
        this.runner = runner;
    }

    /// A course of steps.
    ///
    /// @param accumulated batches a step
    /// @param steps how many in all, those before a resumption included
    /// @param longest the time after which no step begins
    /// @param every a checkpoint after each multiple of this many steps
    /// @param course what a checkpoint must share to be resumed from
    record Plan(
            Dataset data,
            DataFit fit,
            int epochs,
            int accumulated,
            long steps,
            Optional<Duration> longest,
            Schedule schedule,
            Consumer<Progress> listener,
            Optional<CheckpointFolder> checkpoints,
            long every,
            Optional<Validation> validation,
            String course) {}

    void run(Optional<Checkpoint> start) {
        Checkpoint at = start.orElse(new Checkpoint(0, 1, 0, plan.course(), Map.of()));
        start.ifPresent(this::resume);
        runner.take();
        boolean goesOn = plan.validation().map(Validation::goesOn).orElse(true);
        while (goesOn && at.step() < plan.steps() && isTime()) {
            int[] order = plan.data().epoch(at.epoch());
            while (at.batch() < plan.data().batches() && at.step() < plan.steps() && isTime()) {
                at = step(at, order);
                if (at.step() % plan.every() == 0 && at.step() < plan.steps()) {
                    keep(at);
                }
            }
            if (at.batch() == plan.data().batches()) {
                goesOn = validate(at.epoch());
                at = new Checkpoint(at.step(), at.epoch() + 1, 0, at.course(), Map.of());
            }
        }
        runner.collect();
        keep(at);
    }

    private void resume(Checkpoint at) {
        if (!at.course().equals(plan.course())) {
            throw new CheckpointException("the checkpoint is of another course of training: it had " + at.course()
                    + "; this one has " + plan.course());
        }
        variables.restore(at.variables());
        plan.validation().ifPresent(v -> v.restore(at.variables()));
    }

    private boolean isTime() {
        return plan.longest().map(t -> seconds() < t.toNanos() * 1e-9).orElse(true);
    }

    private double seconds() {
        return (System.nanoTime() - begin) * 1e-9;
    }

    private boolean validate(int epoch) {
        if (plan.validation().isPresent()) {
            runner.collect();
        }
        return plan.validation().map(v -> v.epoch(epoch, variables)).orElse(true);
    }

    private void keep(Checkpoint at) {
        plan.checkpoints().ifPresent(folder -> {
            runner.collect();
            Map<String, Tensor> kept = new LinkedHashMap<>(variables.byName());
            plan.validation().ifPresent(v -> kept.putAll(v.state()));
            folder.save(new Checkpoint(at.step(), at.epoch(), at.batch(), at.course(), kept));
        });
    }

    /// One step; the variables change only if the gradients of all its batches are sound.
    private Checkpoint step(Checkpoint before, int[] order) {
        long number = before.step() + 1;
        double share = plan.schedule().at(number, plan.steps());
        int end = Math.min(before.batch() + plan.accumulated(), plan.data().batches());
        int batches = end - before.batch();
        List<Tensor> running = batches > 1 ? variables.runningCopies() : List.of();
        Steps.Outcome outcome;
        double length;
        double loss = 0;
        try {
            int at = before.batch();
            do {
                outcome = gradient(before, order, at);
                loss += outcome.loss() / batches;
                at++;
            } while (at < end);
            length = runner.length();
        } catch (CancelledException | DivergedException e) {
            if (batches > 1) {
                variables.restoreRunning(running);
            }
            if (e instanceof DivergedException diverged) {
                throw diverged.at(number);
            }
            keep(before);
            throw e;
        }
        runner.update(scalars(number, share, rule.scale(batches, length)));
        Checkpoint after = new Checkpoint(number, before.epoch(), end, before.course(), Map.of());
        plan.listener()
                .accept(new Progress(
                        number,
                        plan.steps(),
                        after.epoch(),
                        plan.epochs(),
                        loss,
                        rule.groups().learningRate() * share,
                        length / batches,
                        outcome.metrics(),
                        seconds()));
        return after;
    }

    private Steps.Outcome gradient(Checkpoint before, int[] order, int at) {
        List<Steps.Part> parts = plan.data().parts(order, at, runner.devices()).stream()
                .map(b -> new Steps.Part(plan.fit().inputs(b), b.label()))
                .toList();
        long number = (before.epoch() - 1L) * plan.data().batches() + at + 1;
        return runner.gradient(number, parts, at == before.batch());
    }

    private double[] scalars(long step, double share, double scale) {
        DoubleStream factors =
                DoubleStream.of(ParameterGroups.joined(rule.groups().factors(step, share)));
        DoubleStream first = isScaled ? DoubleStream.of(scale) : DoubleStream.empty();
        DoubleStream last = rule.average().isPresent() ? DoubleStream.of(rule.averaging(step)) : DoubleStream.empty();
        return DoubleStream.concat(DoubleStream.concat(first, factors), last).toArray();
    }

    @Override
    public void close() {
        runner.close();
        plan.validation().ifPresent(Validation::close);
    }
}
