package dev.quern.train;

import java.util.List;

/// What a training would do, known before its first step.
///
/// @param trainable parameters that will change
/// @param frozen parameters that were frozen by name
/// @param unreached weights that the loss does not depend on, or only through nodes that stop gradients
/// @param blocked nodes without a gradient between the output and trainable parameters; unless gradients are allowed to
///     stop there, training refuses to start
/// @param asInInference batch normalisations that keep their statistics, because a batch has one value a channel
public record TrainingReport(
        List<Parameter> trainable,
        List<Parameter> frozen,
        List<Parameter> unreached,
        List<String> blocked,
        List<String> asInInference) {
    public TrainingReport {
        trainable = List.copyOf(trainable);
        frozen = List.copyOf(frozen);
        unreached = List.copyOf(unreached);
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

    /// Why there is nothing to train.
    String whyNothing() {
        if (frozen.isEmpty() && unreached.isEmpty()) {
            return "no operator between its inputs and the output has a weight of floats";
        }
        return (frozen.isEmpty() ? "" : "frozen are " + names(frozen) + (unreached.isEmpty() ? "" : ", and "))
                + (unreached.isEmpty() ? "" : "the output that the loss judges does not depend on " + names(unreached));
    }

    private static List<String> names(List<Parameter> parameters) {
        return parameters.stream().map(Parameter::name).toList();
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
