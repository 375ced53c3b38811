package dev.quern.train;

import dev.quern.backend.AllReduce;
import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.DeviceTensor;
import dev.quern.kernel.Program;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import dev.quern.train.StepGraph.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import java.util.stream.IntStream;

/// Steps that several devices share. Each has a replica of the model and computes the gradient of a part of the batch,
/// weighted by what the part counts for in the loss of the whole batch; the gradients are summed, and every replica
/// makes the same update. So all replicas are equal, bit by bit, which is looked at now and then.
///
/// Running statistics are those of the first device's parts, dropout drops by batch and device: as in PyTorch's
/// `DistributedDataParallel`.
final class ParallelSteps implements Steps {
    private static final int METRICS = 2;
    private static final int COMPARED_EVERY = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final StepGraph step;
    private final Variables variables;
    private final Loss loss;
    private final ModelOptions options;
    private final List<String> metrics;
    private final Optional<LossScale> scale;
    private final Map<Backend, StepPrograms> programs = new IdentityHashMap<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final Crew crew;
    private Optional<AllReduce> sums = Optional.empty();
    private long updates;
    private boolean isCollected = true;

    /// @param options of the model
    ParallelSteps(
            StepGraph step,
            Variables variables,
            Loss loss,
            List<TrainingDevice> devices,
            ModelOptions options,
            Optional<ObjLongConsumer<Program.Step>> profile) {
        this.step = step;
        this.variables = variables;
        this.loss = loss;
        this.options = devices.getFirst().options(options, devices);
        List<String> names = step.gradient().outputNames();
        int others = variables.of(Kind.PARAMETER, Kind.RUNNING).size();
        this.metrics = names.subList(METRICS, names.size() - others);
        this.scale = variables.of(Kind.SCALE).stream().findFirst().map(LossScale::new);
        this.crew = new Crew(devices.stream().map(TrainingDevice::name).toList(), PATIENCE);
        boolean isMade = false;
        try {
            for (TrainingDevice d : devices) {
                StepPrograms there = programs.computeIfAbsent(
                        d.backend(), b -> StepPrograms.of(step, d.options(options, devices), one(profile)));
                replicas.add(new Replica(d, step, there, variables));
            }
            if (devices.size() > 1) {
                sums = Optional.of(AllReduce.among(
                        devices.stream().map(TrainingDevice::backend).toList()));
            }
            isMade = true;
        } finally {
            if (!isMade) {
                close();
            }
        }
    }

    /// Told by one thread at a time.
    private static Optional<ObjLongConsumer<Program.Step>> one(Optional<ObjLongConsumer<Program.Step>> profile) {
        return profile.map(told -> (s, nanos) -> {
            synchronized (told) {
                told.accept(s, nanos);
            }
        });
    }

    @Override
    public int devices() {
        return replicas.size();
    }

    @Override
    public void take() {
        crew.toTheEnd(rank -> replicas.get(rank).take(variables));
    }

    @Override
    public void collect() {
        if (!isCollected) {
            requireEqual();
            replicas.getFirst().give(variables);
            isCollected = true;
        }
    }

    @Override
    public Outcome gradient(long number, List<Part> parts, boolean first) {
        double[] shares = shares(parts);
        List<Optional<Replica.Result>> results;
        do {
            List<Tensor> running = variables.of(Kind.RUNNING);
            Optional<Tensor> lossScale = scale.map(LossScale::value);
            results = crew.all(rank -> rank < parts.size() && shares[rank] != 0
                    ? Optional.of(replicas.get(rank)
                            .gradient(parts.get(rank), turn(number, rank), shares[rank], running, lossScale))
                    : Optional.empty());
        } while (overflows(results) && scale.map(LossScale::halve).orElse(false));
        requireSound(results);
        if (results.getFirst().isPresent()) {
            replicas.getFirst().giveRunning(variables.nextRunning());
            variables.requireSoundRunning();
        }
        List<Boolean> hadPart = results.stream().map(Optional::isPresent).toList();
        crew.all(rank -> {
            replicas.get(rank).accumulate(hadPart.get(rank), first);
            return rank;
        });
        if (results.getFirst().isPresent()) {
            variables.commitRunning();
        }
        scale.ifPresent(LossScale::worked);
        return outcome(parts, shares, results);
    }

    /// Each part of each batch has its own number, by which dropout drops.
    private long turn(long number, int rank) {
        return (number - 1) * replicas.size() + rank + 1;
    }

    /// What each part counts for in the mean over the batch.
    private double[] shares(List<Part> parts) {
        double[] weights =
                parts.stream().mapToDouble(p -> loss.weight(p.label())).toArray();
        double whole =
                IntStream.range(0, weights.length).mapToDouble(i -> weights[i]).sum();
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= whole; // no number where nothing counts, as the loss of such a batch
        }
        return weights;
    }

    private static boolean overflows(List<Optional<Replica.Result>> results) {
        return results.stream()
                .flatMap(Optional::stream)
                .anyMatch(r -> Double.isFinite(r.loss()) && !Double.isFinite(r.length()));
    }

    private void requireSound(List<Optional<Replica.Result>> results) {
        for (int rank = 0; rank < results.size(); rank++) {
            Replica replica = replicas.get(rank);
            Replica.Result r = results.get(rank).orElse(null);
            if (r != null && !(Double.isFinite(r.loss()) && Double.isFinite(r.length()))) {
                throw DivergedException.of(
                                r.loss(),
                                r.length(),
                                NonFinite.firstNode(step.gradient(), replica.lastOperands(), options))
                        .on(replica.device().name());
            }
        }
    }

    private Outcome outcome(List<Part> parts, double[] shares, List<Optional<Replica.Result>> results) {
        double mean = 0;
        double rows = 0;
        Map<String, Double> measured = new LinkedHashMap<>();
        for (int rank = 0; rank < parts.size(); rank++) {
            double here = rows(parts.get(rank));
            Replica.Result r = results.get(rank).orElse(null);
            if (r != null) {
                rows += here;
                mean += shares[rank] * r.loss();
                for (int i = 0; i < metrics.size(); i++) {
                    measured.merge(metrics.get(i), here * r.metrics().get(i), Double::sum);
                }
            }
        }
        double all = rows;
        measured.replaceAll((name, sum) -> sum / all);
        return new Outcome(mean, measured);
    }

    private static double rows(Part part) {
        return part.label().rank() == 0 ? 1 : part.label().shape().dim(0).extent();
    }

    /// Sums the gradients of all devices first.
    @Override
    public double length() {
        List<List<DeviceTensor>> ranks =
                replicas.stream().map(Replica::gradients).toList();
        sums.ifPresent(s -> s.sum(ranks));
        double length = replicas.getFirst().lengthOfGradients();
        if (!Double.isFinite(length)) {
            throw new DivergedException(
                    "the length of the gradients of all devices is " + length + " (a smaller learning rate may help)");
        }
        return length;
    }

    @Override
    public void update(double... scalars) {
        isCollected = false;
        crew.toTheEnd(rank -> replicas.get(rank).update(scalars));
        updates++;
        if (updates % COMPARED_EVERY == 0) {
            requireEqual();
        }
    }

    /// @throws BackendException where parameters differ from device to device
    void requireEqual() {
        double[] lengths = new double[replicas.size()];
        crew.toTheEnd(rank -> lengths[rank] = replicas.get(rank).lengthOfParameters());
        for (int rank = 1; rank < lengths.length; rank++) {
            if (Double.compare(lengths[rank], lengths[0]) != 0) {
                throw new BackendException("after " + updates + " updates the parameters on "
                        + replicas.get(rank).device().name() + " (" + rank + ") are not those on "
                        + replicas.getFirst().device().name()
                        + " (0): the devices compute differently; go on from the last checkpoint on devices of one"
                        + " model");
            }
        }
    }

    @Override
    public void close() {
        crew.close();
        replicas.forEach(Replica::close);
        sums.ifPresent(AllReduce::close);
        programs.values().forEach(StepPrograms::close);
    }
}
