package dev.quern.train;

import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// The tensors that steps change, twice: a step reads one set and writes the other, and only a step that went well
/// makes the written set the current one. So an update happens as a whole or not at all, and nothing is allocated for
/// it.
final class Variables {
    private final List<StepGraph.Variable> declared;
    private List<Tensor> current;
    private List<Tensor> next;

    Variables(List<StepGraph.Variable> variables) {
        this.declared = List.copyOf(variables);
        this.current = variables.stream().map(v -> copy(v.initial())).toList();
        this.next = variables.stream()
                .map(v -> Tensor.zeros(v.initial().dtype(), v.initial().shape()))
                .toList();
    }

    private static Tensor copy(Tensor t) {
        Elements copied = Elements.zeros(t.dtype(), t.length());
        System.arraycopy(t.array(), 0, copied.array(), 0, t.length());
        return Tensor.wrap(t.dtype(), copied.array(), t.shape());
    }

    List<Tensor> current() {
        return current;
    }

    /// Where a step writes.
    List<Optional<Tensor>> next() {
        return next.stream().map(Optional::of).toList();
    }

    /// Makes what a step has written the current values.
    void commit() {
        List<Tensor> before = current;
        current = next;
        next = before;
    }

    /// The current values by name: not copies.
    Map<String, Tensor> byName() {
        return select(v -> true);
    }

    /// The current values of the model's own parameters by name: not copies.
    Map<String, Tensor> ofModel() {
        return select(v -> v.kind() != StepGraph.Kind.STATE);
    }

    private Map<String, Tensor> select(Predicate<StepGraph.Variable> wanted) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (int i = 0; i < declared.size(); i++) {
            if (wanted.test(declared.get(i))) {
                values.put(declared.get(i).name(), current.get(i));
            }
        }
        return values;
    }

    /// The first running statistic that is no finite number in the set that a step has written.
    Optional<String> unsound() {
        for (int i = 0; i < declared.size(); i++) {
            if (declared.get(i).kind() == StepGraph.Kind.RUNNING) {
                Tensor t = next.get(i);
                for (int k = 0; k < t.length(); k++) {
                    if (!Double.isFinite(t.getDouble(k))) {
                        return Optional.of(declared.get(i).name());
                    }
                }
            }
        }
        return Optional.empty();
    }

    /// Takes over values that were kept.
    ///
    /// @throws CheckpointException where a name or a type differs
    void restore(Map<String, Tensor> values) {
        List<Tensor> restored = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            String name = declared.get(i).name();
            Tensor t = values.get(name);
            if (t == null || !t.type().equals(current.get(i).type())) {
                throw new CheckpointException("the checkpoint is of another training: for \"" + name + "\" "
                        + current.get(i).type() + " is needed, it has " + (t == null ? "nothing" : t.type()));
            }
            restored.add(copy(t));
        }
        current = List.copyOf(restored);
    }
}
