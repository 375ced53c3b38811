package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.tensor.Datum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Runs a model on a data set and compares.
record Verification(Model model, Comparison comparison) {

    /// How an output is compared.
    @FunctionalInterface
    interface Comparison {
        /// The difference in one line, if there is one.
        Optional<String> difference(Datum expected, Datum actual);
    }

    Verification(Model model, Tolerance tolerance) {
        this(model, tolerance::difference);
    }

    /// One line for the first output that differs, if any does.
    Optional<String> run(DataSet data) {
        Map<String, Datum> results = model.run(data.inputs(model.graph()));
        List<Datum> actual = new ArrayList<>(results.values());
        List<Datum> expected = data.outputs(actual);
        for (int i = 0; i < actual.size(); i++) {
            String name = model.outputNames().get(i);
            Optional<String> d = comparison.difference(expected.get(i), actual.get(i));
            if (d.isPresent()) {
                return Optional.of("output \"" + name + "\": " + d.get());
            }
        }
        return Optional.empty();
    }
}
