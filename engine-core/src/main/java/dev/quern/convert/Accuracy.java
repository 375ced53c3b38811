package dev.quern.convert;

import dev.quern.session.Model;
import dev.quern.tensor.Datum;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// How far the outputs of a converted model are from those of the original, output by output.
///
/// @param sets how many sets of inputs were run
/// @param drawn whether these were drawn by seed, for want of data
public record Accuracy(List<OfOutput> outputs, int sets, boolean drawn) {
    public Accuracy {
        outputs = List.copyOf(outputs);
    }

    /// @param absolute the largest difference of two elements
    /// @param ofScale the largest difference as a share of the largest magnitude that the original gives in
    ///     that set; of integers and strings, the share of elements that differ
    /// @param equalLabels the share of rows with the largest element in the same place, where the output has
    ///     the shape of a classifier's scores `[N,C]`; of integers and strings, the share of equal elements
    /// @param worstSet the number of the set with the largest difference
    public record OfOutput(String name, double absolute, double ofScale, OptionalDouble equalLabels, int worstSet) {}

    /// The largest [OfOutput#ofScale] of all outputs.
    public double worst() {
        return outputs.stream().mapToDouble(OfOutput::ofScale).max().orElse(0);
    }

    /// Runs both models on each set of inputs, which are cast to the element types that a model wants.
    static Accuracy of(Model original, Model converted, List<Map<String, Datum>> sets, boolean drawn) {
        Map<String, List<Difference>> differences = new LinkedHashMap<>();
        for (Map<String, Datum> inputs : sets) {
            Map<String, Datum> expected = original.run(Fitting.inputs(original.graph(), inputs));
            Map<String, Datum> actual = converted.run(Fitting.inputs(converted.graph(), inputs));
            expected.forEach((name, datum) -> {
                Datum other = actual.get(name);
                differences
                        .computeIfAbsent(name, unseen -> new ArrayList<>())
                        .add(other == null ? Difference.TOTAL : Difference.of(datum, other));
            });
        }
        List<OfOutput> outputs = new ArrayList<>();
        differences.forEach((name, of) -> outputs.add(summary(name, of)));
        return new Accuracy(outputs, sets.size(), drawn);
    }

    private static OfOutput summary(String name, List<Difference> sets) {
        int worst = 0;
        for (int i = 1; i < sets.size(); i++) {
            worst = sets.get(i).ofScale() > sets.get(worst).ofScale() ? i : worst;
        }
        long labels = sets.stream().mapToLong(Difference::labels).sum();
        long equal = sets.stream().mapToLong(Difference::equalLabels).sum();
        return new OfOutput(
                name,
                sets.stream().mapToDouble(Difference::absolute).max().orElse(0),
                sets.get(worst).ofScale(),
                labels == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) equal / labels),
                worst);
    }
}
