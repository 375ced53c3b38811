package dev.quern.differential;

import ai.onnxruntime.OrtException;
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
/// are shown (fusion) is a check of its own.
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
            // Between fused operators halves are kept as f32.
            if (graph.values().values().stream()
                    .anyMatch(t -> t.dtype().bits() == 16 && t.dtype().isFloat())) {
                return Optional.empty();
            }
            Map<String, Tensor> fused = run(graph, new ArrayList<>(graph.ends()), backend);
            for (Map.Entry<String, Tensor> e : fused.entrySet()) {
                Optional<String> difference = Agreement.CLOSE.difference(shown.get(e.getKey()), e.getValue());
                if (difference.isPresent()) {
                    return Optional.of(new Finding("fused " + last, e.getKey() + ": " + difference.get()));
                }
            }
            return Optional.empty();
        } catch (RuntimeException | AssertionError e) {
            StackTraceElement at = e.getStackTrace().length > 0 ? e.getStackTrace()[0] : null;
            return Optional.of(new Finding(last, "refused: " + e + " at " + at));
        }
    }

    private Optional<String> difference(RandomGraph graph, NodeDraw.Drawn n, Map<String, Tensor> shown) {
        Map<String, Tensor> operands = new LinkedHashMap<>(graph.values());
        operands.putAll(shown);
        boolean same = n.node().inputs().stream()
                .allMatch(name -> name.isEmpty()
                        || operands.get(name).sameAs(graph.values().get(name)));
        Map<String, Tensor> expected = graph.values();
        if (!same) {
            try {
                expected = oracle.run(n.node(), graph.opsets(), operands);
            } catch (OrtException e) {
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
