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

/// Runs the graphs of a step on tensors of the process: the gradient of each of its batches, then the update.
final class StepRunner implements Steps {
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

    private double length;

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

    @Override
    public int devices() {
        return 1;
    }

    @Override
    public Outcome gradient(long number, List<Part> parts, boolean first) {
        Part whole = parts.getFirst();
        List<Tensor> operands = new ArrayList<>(whole.inputs());
        if (step.takesStep()) {
            operands.add(Tensor.scalar(DType.I64, number));
        }
        operands.add(whole.label());
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
        double own = number(results.get(LENGTH));
        if (!Double.isFinite(loss) || !Double.isFinite(own)) {
            throw DivergedException.of(loss, own, NonFinite.firstNode(step.gradient(), operands, options));
        }
        variables.requireSoundRunning();
        variables.commitRunning();
        scale.ifPresent(LossScale::worked);
        Map<String, Double> measured = new LinkedHashMap<>();
        for (int i = 0; i < metrics.size(); i++) {
            measured.put(metrics.get(i), number(results.get(METRICS + i)));
        }
        length = first ? own : add();
        return new Outcome(loss, measured);
    }

    @Override
    public double length() {
        return length;
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

    @Override
    public void update(double... scalars) {
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

    @Override
    public void take() {
        // works on the variables themselves
    }

    @Override
    public void collect() {
        // works on the variables themselves
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
