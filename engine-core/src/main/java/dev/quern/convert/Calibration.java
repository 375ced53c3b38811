package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a graph computes on typical inputs, each `f32` value as a histogram, by name.
record Calibration(Map<String, Histogram> seen) {

    /// Runs the graph on all sets of inputs, node by node.
    static Calibration of(Graph graph, List<Map<String, Datum>> sets, ModelOptions options) {
        Map<String, Histogram> seen = new HashMap<>();
        try (Model model = Model.of(graph, options)) {
            for (Map<String, Datum> set : sets) {
                Map<String, Datum> inputs = Fitting.inputs(graph, set);
                inputs.forEach((name, datum) -> count(seen, name, datum));
                model.trace(inputs, (v, datum) -> count(seen, v.name(), datum));
            }
        }
        return new Calibration(seen);
    }

    private static void count(Map<String, Histogram> seen, String name, Datum datum) {
        if (datum instanceof Tensor t && t.dtype() == DType.F32) {
            seen.computeIfAbsent(name, unseen -> new Histogram()).add(t);
        }
    }

    Map<String, Clipping.Span> ranges(Clipping clipping) {
        Map<String, Clipping.Span> ranges = new HashMap<>();
        seen.forEach((name, histogram) -> ranges.put(name, clipping.of(histogram)));
        return ranges;
    }
}
