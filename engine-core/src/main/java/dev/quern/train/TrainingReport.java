package dev.quern.train;

import java.util.List;

/// What a training would do, known before its first step.
///
/// @param trainable parameters that will change
/// @param frozen parameters that were frozen by name
/// @param unreached weights that the loss does not depend on, or only through nodes that stop gradients
/// @param blocked nodes without a gradient between the output and trainable parameters; unless gradients are allowed to
///     stop there, training refuses to start
public record TrainingReport(
        List<Parameter> trainable, List<Parameter> frozen, List<Parameter> unreached, List<String> blocked) {
    public TrainingReport {
        trainable = List.copyOf(trainable);
        frozen = List.copyOf(frozen);
        unreached = List.copyOf(unreached);
        blocked = List.copyOf(blocked);
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
        return text.toString();
    }

    private static void list(StringBuilder text, String title, List<?> lines) {
        if (!lines.isEmpty()) {
            text.append(title).append(":\n");
            lines.forEach(l -> text.append("  ").append(l).append('\n'));
        }
    }
}
