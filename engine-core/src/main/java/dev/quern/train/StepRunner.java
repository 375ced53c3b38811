package dev.quern.train;

import dev.quern.kernel.Program;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.train.StepGraph.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ObjLongConsumer;

/// Runs the graphs of a step: the gradient of each of its batches, then the update.
final class StepRunner implements AutoCloseable {
    private static final int LOSS = 0;
    private static final int LENGTH = 1;
    private static final int METRICS = 2;

    private final StepGraph step;
    private final Variables variables;
    private final ModelOptions options;
    private final GraphRunner gradient;
    private final Optional<GraphRunner> sum;
    private final GraphRunner update;
    private final List<String> metrics;
    private final Optional<LossScale> scale;

    /// The gradients of a step, or their sum so far; and those of one batch that is to be added.
    private final List<Tensor> gradients;

    private final List<Tensor> added;

    /// @param profile is told how long the steps of the programs took
    StepRunner(
            StepGraph step,
            Variables variables,
            ModelOptions options,
            Optional<ObjLongConsumer<Program.Step>> profile) {
        this.step = step;
        this.variables = variables;
        this.options = options;
        this.gradient = GraphRunner.of(step.gradient(), options, profile);
        this.sum = step.sum().map(g -> GraphRunner.of(g, options, profile));
        this.update = GraphRunner.of(step.update(), options, profile);
        this.scale = variables.of(Kind.SCALE).stream().findFirst().map(LossScale::new);
        int trained = variables.of(Kind.PARAMETER).size();
        int running = variables.of(Kind.RUNNING).size();
        List<String> names = step.gradient().outputNames();
        this.metrics = names.subList(METRICS, names.size() - trained - running);
        this.gradients = like(variables.of(Kind.PARAMETER));
        this.added = sum.isPresent() ? like(gradients) : List.of();
    }

    private static List<Tensor> like(List<Tensor> tensors) {
        return tensors.stream().map(t -> Tensor.zeros(t.dtype(), t.shape())).toList();
    }

    /// What a batch gives.
    ///
    /// @param length of the gradient of all parameters; of the sum, where batches were added
    record Outcome(double loss, double length, Map<String, Double> metrics) {}

    /// Computes the gradient of a batch.
    ///
    /// @param number of the batch in the training, from 1: decides what dropout drops
    /// @param inputs the model's
    /// @param first whether no other batch of the step went before; else the gradient is added to theirs
    /// @throws DivergedException where loss, gradient or running statistics are no finite numbers; the variables
    ///     are then as before
    Outcome gradient(long number, List<Tensor> inputs, Tensor label, boolean first) {
        List<Tensor> operands = new ArrayList<>(inputs);
        if (step.takesStep()) {
            operands.add(Tensor.scalar(DType.I64, number));
        }
        operands.add(label);
        operands.addAll(variables.of(Kind.PARAMETER));
        operands.addAll(variables.of(Kind.RUNNING));
        List<Optional<Tensor>> places = new ArrayList<>();
        for (int i = 0; i < METRICS + metrics.size(); i++) {
            places.add(Optional.empty());
        }
        (first ? gradients : added).forEach(t -> places.add(Optional.of(t)));
        variables.nextRunning().forEach(t -> places.add(Optional.of(t)));
        List<Datum> results = gradient(operands, places);
        double loss = number(results.get(LOSS));
        double length = number(results.get(LENGTH));
        if (!Double.isFinite(loss) || !Double.isFinite(length)) {
            throw new DivergedException("the loss is " + loss + ", the length of the gradient " + length
                    + NonFinite.firstNode(step.gradient(), operands, options)
                            .map(title -> "; the first values that are no finite numbers come from " + title)
                            .orElse("")
                    + " (a smaller learning rate or clipNorm(1) may help)");
        }
        variables.unsound().ifPresent(name -> {
            throw new DivergedException(
                    "\"" + name + "\" is no finite number (a batch of one value a channel has no variance)");
        });
        variables.commitRunning();
        scale.ifPresent(LossScale::worked);
        Map<String, Double> measured = new LinkedHashMap<>();
        for (int i = 0; i < metrics.size(); i++) {
            measured.put(metrics.get(i), number(results.get(METRICS + i)));
        }
        return new Outcome(loss, first ? length : add(), measured);
    }

    /// Computes gradients, again with the loss scaled less where they became infinite.
    private List<Datum> gradient(List<Tensor> operands, List<Optional<Tensor>> places) {
        scale.ifPresent(s -> operands.add(s.value()));
        List<Datum> results = gradient.run(operands, places);
        boolean overflows = Double.isFinite(number(results.get(LOSS))) && !Double.isFinite(number(results.get(LENGTH)));
        if (overflows && scale.map(LossScale::halve).orElse(false)) {
            operands.removeLast();
            return gradient(operands, places);
        }
        return results;
    }

    private double add() {
        List<Tensor> operands = new ArrayList<>(gradients);
        operands.addAll(added);
        List<Optional<Tensor>> places = new ArrayList<>();
        places.add(Optional.empty());
        gradients.forEach(t -> places.add(Optional.of(t)));
        return number(sum.orElseThrow().run(operands, places).getFirst());
    }

    /// Moves the parameters, as a whole: nothing stops it.
    ///
    /// @param scalars what the update takes beside tensors, in its order
    void update(double... scalars) {
        List<Tensor> changed = variables.of(Kind.PARAMETER);
        List<Tensor> operands = new ArrayList<>(changed);
        operands.addAll(gradients);
        List<Tensor> kept = variables.of(Kind.STATE, Kind.AVERAGE);
        operands.addAll(kept);
        for (double s : scalars) {
            operands.add(Tensor.scalar(step.factorType(), s));
        }
        List<Optional<Tensor>> places = new ArrayList<>();
        changed.forEach(t -> places.add(Optional.of(t)));
        kept.forEach(t -> places.add(Optional.of(t)));
        update.runToTheEnd(operands, places);
    }

    private static double number(Datum scalar) {
        return scalar.asTensor().getDouble(0);
    }

    @Override
    public void close() {
        gradient.close();
        sum.ifPresent(GraphRunner::close);
        update.close();
    }
}
