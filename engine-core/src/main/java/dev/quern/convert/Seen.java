package dev.quern.convert;

import dev.quern.backend.RunException;
import dev.quern.compile.UnsupportedModelException;
import dev.quern.graph.Graph;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What floats a graph, bodies of control flow included, was seen to compute.
///
/// @param largest the largest finite magnitude of each value, by name
/// @param notFinite the names of values that were infinite or NaN somewhere
record Seen(Map<String, Double> largest, Set<String> notFinite) {
    /// Runs the graph on all sets of inputs; without any, on drawn ones. Where the model does not run, nothing is
    /// known.
    static Seen of(Graph graph, List<Map<String, Datum>> inputs, ModelOptions options) {
        Map<String, Double> largest = new HashMap<>();
        Set<String> notFinite = new HashSet<>();
        try (Model model = Model.of(graph, options)) {
            List<Map<String, Datum>> sets = inputs.isEmpty() ? List.of(Conversion.drawn(graph)) : inputs;
            for (Map<String, Datum> set : sets) {
                model.traceWithin(Fitting.inputs(graph, set), (v, datum) -> {
                    if (datum instanceof Tensor t && t.dtype().isFloat()) {
                        largest.merge(v.name(), Difference.largest(t), Math::max);
                        if (!isFinite(t)) {
                            notFinite.add(v.name());
                        }
                    }
                });
            }
        } catch (UnsupportedModelException | ModelException | RunException | ShapeException e) {
            if (!inputs.isEmpty() && !(e instanceof UnsupportedModelException)) {
                throw e;
            }
        }
        return new Seen(largest, notFinite);
    }

    private static boolean isFinite(Tensor t) {
        for (int i = 0; i < t.length(); i++) {
            if (!Double.isFinite(t.getDouble(i))) {
                return false;
            }
        }
        return true;
    }
}
