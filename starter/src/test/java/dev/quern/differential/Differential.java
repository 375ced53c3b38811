package dev.quern.differential;

import dev.quern.backend.Backends;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Judges Quern's results of a random graph.
///
/// Each node is judged alone, by what ONNX Runtime makes of the operands that Quern gave the node; so a
/// rounding that an operator further on blows up does not count. That the values do not depend on which of them
/// are shown (fusion), to the bit, is a check of its own.
final class Differential {
    private final OnnxRuntime oracle;

    Differential(OnnxRuntime oracle) {
        this.oracle = oracle;
    }

    /// Something that is not as ONNX Runtime has it.
    ///
    /// @param operator the node's operator
    record Finding(String operator, String what) {}

    /// What is wrong with the graph on either backend; nothing if all is well.
    Optional<Finding> check(RandomGraph graph) {
        for (String backend : List.of("cpu", "reference")) {
            Optional<Finding> finding = check(graph, backend);
            if (finding.isPresent()) {
                return finding.map(f -> new Finding(f.operator(), backend + ": " + f.what()));
            }
        }
        return Optional.empty();
    }

    private Optional<Finding> check(RandomGraph graph, String backend) {
        String last = graph.nodes().getLast().node().opType();
        try {
            List<String> all = graph.results();
            Map<String, Tensor> shown = run(graph, all, backend);
            for (NodeDraw.Drawn n : graph.nodes()) {
                Optional<String> difference = difference(graph, n, shown);
                if (difference.isPresent()) {
                    return Optional.of(new Finding(n.node().opType(), difference.get()));
                }
            }
            // Between fused operators 16-bit floats stay as they are computed, in f32.
            if (graph.values().values().stream()
                    .anyMatch(t -> t.dtype().bits() == 16 && t.dtype().isFloat())) {
                return Optional.empty();
            }
            Map<String, Tensor> fused = run(graph, new ArrayList<>(graph.ends()), backend);
            for (Map.Entry<String, Tensor> e : fused.entrySet()) {
                if (!shown.get(e.getKey()).sameAs(e.getValue())) {
                    String both = e.getValue() + " instead of " + shown.get(e.getKey());
                    return Optional.of(new Finding("fused " + last, e.getKey() + ": " + both));
                }
            }
            return Optional.empty();
        } catch (RuntimeException | AssertionError e) {
            StackTraceElement at = e.getStackTrace().length > 0 ? e.getStackTrace()[0] : null;
            return Optional.of(new Finding(last, "refused: " + e + " at " + at));
        }
    }

    /// What is wrong with the graph's results, by what they should be.
    Optional<Finding> check(RandomGraph graph, Map<String, Tensor> expected) {
        for (String backend : List.of("cpu", "reference")) {
            Map<String, Tensor> results = run(graph, new ArrayList<>(expected.keySet()), backend);
            for (Map.Entry<String, Tensor> e : expected.entrySet()) {
                Optional<String> difference = Agreement.CLOSE.difference(e.getValue(), results.get(e.getKey()));
                if (difference.isPresent()) {
                    return Optional.of(new Finding(e.getKey(), backend + ": " + difference.get()));
                }
            }
        }
        return Optional.empty();
    }

    /// Whether the graph runs, whatever it gives.
    boolean accepts(RandomGraph graph) {
        try {
            run(graph, graph.results(), "cpu");
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private Optional<String> difference(RandomGraph graph, NodeDraw.Drawn n, Map<String, Tensor> shown) {
        Map<String, Tensor> operands = new LinkedHashMap<>(graph.values());
        operands.putAll(shown);
        boolean same = n.read().stream()
                .allMatch(name -> operands.get(name).sameAs(graph.values().get(name)));
        Map<String, Tensor> expected = graph.values();
        if (!same) {
            try {
                expected = oracle.run(n, graph.opsets(), operands);
            } catch (RefusedException e) {
                return Optional.empty();
            }
        }
        for (String result : n.node().outputs()) {
            Optional<String> difference = n.agreement().difference(expected.get(result), shown.get(result));
            if (difference.isPresent()) {
                return difference.map(d -> result + ": " + d);
            }
        }
        return Optional.empty();
    }

    private static Map<String, Tensor> run(RandomGraph graph, List<String> results, String backend) {
        ModelOptions options =
                ModelOptions.defaults().backend(Backends.prefer(backend)).threads(1);
        try (Model model = Model.load(graph.model(results), options)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Map<String, Datum> values = model.run(graph.inputs());
            values.forEach((name, v) -> tensors.put(name, v.asTensor()));
            return tensors;
        }
    }
}
