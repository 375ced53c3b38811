package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.session.GraphRunner;
import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Measures models on data.
public final class Evaluation {
    private Evaluation() {}

    /// The mean of a metric of the model's first output over all rows.
    ///
    /// @throws DataException where the data does not fit the model
    public static double of(Model model, Dataset data, Metric metric) {
        DataFit fit = DataFit.of(model, data);
        GraphBuilder g = new GraphBuilder("evaluation");
        Graph graph = model.graph();
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        Value label = g.input("label", fit.labelType());
        g.inline(graph, to);
        Value output = graph.outputs().getFirst();
        g.output(metric.name(), metric.definition().of(g, to.getOrDefault(output, output), label));
        double mean = 0;
        try (GraphRunner runner = GraphRunner.of(g.build(), model.options())) {
            int[] order = data.epoch(1);
            for (int i = 0; i < data.batches(); i++) {
                Dataset.Batch batch = data.batch(order, i);
                List<Tensor> inputs = new ArrayList<>(fit.inputs(batch));
                inputs.add(batch.label());
                mean += runner.run(inputs, List.of(Optional.empty()))
                                .getFirst()
                                .asTensor()
                                .getDouble(0)
                        * data.share(batch);
            }
        }
        return mean;
    }
}
