package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.session.GraphRunner;
import dev.quern.session.Model;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Measures the model after each epoch on data that it does not learn from, keeps the parameters of the best epoch, and
/// ends the training when there was no better one for a while (Prechelt, 1998).
final class Validation implements AutoCloseable {
    private static final String BEST = "/best";
    private static final String RECORD = "validation/record";

    private final Dataset data;
    private final DataFit fit;
    private final int patience;
    private final Consumer<EpochEnd> listener;
    private final GraphRunner runner;
    private final List<String> names;
    private Map<String, Tensor> best = Map.of();
    private double lowest = Double.POSITIVE_INFINITY;
    private int since;

    /// @param graph (inputs, label, parameters) → (loss, metrics)
    private Validation(Settings settings, DataFit fit, Graph graph, Model model) {
        this.data = settings.data();
        this.patience = settings.patience();
        this.listener = settings.listener();
        this.fit = fit;
        this.runner = GraphRunner.of(graph, model.options());
        this.names = graph.outputNames();
    }

    /// @param patience epochs without a lower loss after which the training ends
    record Settings(Dataset data, int patience, Consumer<EpochEnd> listener) {}

    /// @param graph the model's, with all its weights as parameters
    /// @param output the value of `graph` that the loss judges
    /// @param changing the parameters that the training changes, by name, in the types in which it keeps them
    static Validation of(
            Settings settings,
            Model model,
            Graph graph,
            Value output,
            Loss loss,
            List<Metric> metrics,
            Map<String, Tensor> changing) {
        DataFit fit = DataFit.of(model, settings.data());
        settings.data().labels().forEach(l -> loss.check(output, l));
        GraphBuilder g = new GraphBuilder("validation");
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        Value label = g.input("label", fit.labelType());
        Map<String, Value> parameters = new LinkedHashMap<>();
        graph.parameters().forEach(v -> parameters.put(v.name(), v));
        changing.forEach((name, kept) -> {
            Value v = java.util.Objects.requireNonNull(parameters.get(name));
            to.put(v, MasterWeights.used(g, g.input(name, kept.type()), v));
        });
        g.inline(graph, to);
        Value judged = MasterWeights.inFull(g, to.getOrDefault(output, output));
        g.output("loss", loss.of(g, judged, label));
        metrics.forEach(m -> g.output(m.name(), m.definition().of(g, judged, label)));
        return new Validation(settings, fit, g.build(), model);
    }

    /// Whether the training is not over for want of progress.
    boolean goesOn() {
        return since < patience;
    }

    /// Measures after an epoch.
    ///
    /// @return whether to go on
    boolean epoch(int epoch, Variables variables) {
        Map<String, Double> measured = measure(variables);
        double loss = measured.getOrDefault("loss", Double.NaN);
        boolean better = loss < lowest;
        since = better ? 0 : since + 1;
        if (better) {
            lowest = loss;
            Map<String, Tensor> copies = new LinkedHashMap<>();
            variables.ofModel().forEach((name, t) -> copies.put(name, Variables.copy(t)));
            best = copies;
        }
        measured.remove("loss");
        listener.accept(new EpochEnd(epoch, loss, measured, better));
        return goesOn();
    }

    /// The parameters of the best epoch, if one was measured.
    Optional<Map<String, Tensor>> best() {
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    private Map<String, Double> measure(Variables variables) {
        Map<String, Double> means = new LinkedHashMap<>();
        int[] order = data.epoch(1);
        for (int i = 0; i < data.batches(); i++) {
            Dataset.Batch batch = data.batch(order, i);
            List<Tensor> operands = new ArrayList<>(fit.inputs(batch));
            operands.add(batch.label());
            operands.addAll(variables.ofModel().values());
            List<Datum> results = runner.run(operands, Collections.nCopies(names.size(), Optional.empty()));
            double share = data.share(batch);
            for (int k = 0; k < names.size(); k++) {
                means.merge(names.get(k), share * results.get(k).asTensor().getDouble(0), Double::sum);
            }
        }
        return means;
    }

    /// What a checkpoint keeps of it.
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        best.forEach((name, t) -> state.put(name + BEST, t));
        state.put(RECORD, Tensor.of(new double[] {lowest, since}, 2));
        return state;
    }

    void restore(Map<String, Tensor> kept) {
        Tensor before = kept.get(RECORD);
        if (before == null) {
            throw new CheckpointException("the checkpoint is of a training without validation");
        }
        lowest = before.getDouble(0);
        since = (int) before.getDouble(1);
        best = new LinkedHashMap<>();
        kept.forEach((name, t) -> {
            if (name.endsWith(BEST)) {
                best.put(name.substring(0, name.length() - BEST.length()), t);
            }
        });
    }

    @Override
    public void close() {
        runner.close();
    }
}
