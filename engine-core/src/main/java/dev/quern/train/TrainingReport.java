package dev.quern.train;

import java.util.ArrayList;
import java.util.List;

/// What a training would do, known before its first step.
///
/// @param trainable parameters that will change
/// @param frozen parameters that were frozen by name
/// @param unreached weights that the loss does not depend on, or only through nodes that stop gradients
/// @param ends the nodes where the way from those to the loss leaves the floats, as by a comparison or an index
/// @param integers nodes whose weights are integers of 8 bits or fewer, which are not learned
/// @param constants single numbers that a gradient reaches, and that would be trained if they were named
/// @param blocked nodes without a gradient between the output and trainable parameters; unless gradients are allowed to
///     stop there, training refuses to start
/// @param asInInference batch normalisations that keep their statistics, because a batch has one value a channel
public record TrainingReport(
        List<Parameter> trainable,
        List<Parameter> frozen,
        List<Parameter> unreached,
        List<String> ends,
        List<String> integers,
        List<String> constants,
        List<String> blocked,
        List<String> asInInference) {
    /// How many names a message tells.
    private static final int SHOWN = 5;

    public TrainingReport {
        trainable = List.copyOf(trainable);
        frozen = List.copyOf(frozen);
        unreached = List.copyOf(unreached);
        ends = List.copyOf(ends);
        integers = List.copyOf(integers);
        constants = List.copyOf(constants);
        blocked = List.copyOf(blocked);
        asInInference = List.copyOf(asInInference);
    }

    /// A parameter of the model.
    ///
    /// @param type such as `f32[10,64]`
    /// @param elements how many numbers it has
    public record Parameter(String name, String type, long elements) {
        @Override
        public String toString() {
            return name + ": " + type;
        }
    }

    /// How many numbers are trained.
    public long trainableElements() {
        return trainable.stream().mapToLong(Parameter::elements).sum();
    }

    /// Why there is nothing to train, and what to do.
    String whyNothing() {
        List<String> reasons = new ArrayList<>();
        if (!frozen.isEmpty()) {
            reasons.add("frozen are " + names(frozen));
        }
        if (!unreached.isEmpty()) {
            reasons.add("no gradient of what the loss judges reaches " + names(unreached)
                    + (ends.isEmpty() ? ": judge another output" : ": it ends at " + some(ends)));
        }
        if (!integers.isEmpty()) {
            reasons.add("the weights of " + some(integers) + " are integers: train the model of floats that was"
                    + " quantised, and quantise the result");
        }
        if (reasons.isEmpty()) {
            reasons.add("no operator between its inputs and the output has a weight of floats");
        }
        if (!constants.isEmpty()) {
            reasons.add("single numbers stay unless they are named (also-train): " + some(constants));
        }
        return String.join("; ", reasons);
    }

    private static String names(List<Parameter> parameters) {
        return some(parameters.stream().map(Parameter::name).toList());
    }

    private static String some(List<String> all) {
        return all.size() <= SHOWN + 1
                ? String.join(", ", all)
                : String.join(", ", all.subList(0, SHOWN)) + " and " + (all.size() - SHOWN) + " more";
    }

    /// A few lines: what is trained, what is not, what is in the way.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("trainable: ")
                .append(trainableElements())
                .append(" numbers in ")
                .append(trainable.size());
        text.append(trainable.size() == 1 ? " parameter\n" : " parameters\n");
        trainable.forEach(p -> text.append("  ").append(p).append('\n'));
        list(text, "frozen", frozen);
        list(text, "not reached by gradients", unreached);
        list(text, "which end at", ends);
        list(text, "weights of integers, which stay", integers);
        list(text, "nodes without a gradient", blocked);
        list(text, "normalised as in inference, since a batch has one value a channel", asInInference);
        return text.toString();
    }

    private static void list(StringBuilder text, String title, List<?> lines) {
        if (!lines.isEmpty()) {
            text.append(title).append(":\n");
            lines.forEach(l -> text.append("  ").append(l).append('\n'));
        }
    }
}
