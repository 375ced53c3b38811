package dev.quern.differential;

import dev.quern.backend.Backends;
import dev.quern.convert.Simplify;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A drawn graph, written anew at an opset, simplified or not, and read again, gives what it gave.
///
/// @param file where it is written
record Rewritten(Path file) {
    /// What one operator becomes may be several, in another order of rounding.
    private static final Agreement SAME = new Agreement(256, 2000, 1);

    /// What came of a graph.
    ///
    /// @param refused whether the graph cannot be said at that opset
    record Outcome(boolean refused, Optional<String> difference) {
        static Outcome different(String how) {
            return new Outcome(false, Optional.of(how));
        }
    }

    /// @param opset of the file that is written; absent: the default
    /// @param simplified whether the graph is simplified first
    Outcome of(RandomGraph graph, Optional<Integer> opset, boolean simplified) {
        ModelOptions options =
                ModelOptions.defaults().backend(Backends.prefer("cpu")).threads(1);
        SaveOptions anew = opset.map(SaveOptions.defaults()::withOpset)
                .orElse(SaveOptions.defaults().with(SaveOptions.Form.REWRITE));
        try (Model model = Model.load(graph.model(graph.results()), options)) {
            Map<String, Datum> expected = model.run(graph.inputs());
            try {
                model.withGraph(simplified ? new Simplify().apply(model.graph()) : model.graph())
                        .save(file, anew);
            } catch (ModelException e) {
                return new Outcome(true, Optional.empty());
            }
            try (Model read = Model.load(file, options)) {
                Map<String, Datum> results = read.run(graph.inputs());
                for (Map.Entry<String, Datum> e : expected.entrySet()) {
                    Tensor before = e.getValue().asTensor();
                    Optional<String> difference =
                            SAME.difference(before, results.get(e.getKey()).asTensor());
                    if (difference.isPresent()) {
                        return Outcome.different(e.getKey() + ": " + difference.get());
                    }
                }
            }
            return new Outcome(false, Optional.empty());
        } catch (RuntimeException e) {
            return Outcome.different(e + " at " + e.getStackTrace()[0]);
        }
    }
}
