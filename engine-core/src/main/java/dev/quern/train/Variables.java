package dev.quern.train;

import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors that steps change, twice: a step reads one set and writes the other, and only a step that went well makes
/// the written set the current one. So an update happens as a whole or not at all, and nothing is allocated for it.
final class Variables {
    private final List<String> names;
    private List<Tensor> current;
    private List<Tensor> next;

    Variables(List<StepGraph.Variable> variables) {
        this.names = variables.stream().map(StepGraph.Variable::name).toList();
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
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), current.get(i));
        }
        return values;
    }

    /// Takes over values that were kept.
    ///
    /// @throws CheckpointException where a name or a type differs
    void restore(Map<String, Tensor> values) {
        List<Tensor> restored = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Tensor t = values.get(names.get(i));
            if (t == null || !t.type().equals(current.get(i).type())) {
                throw new CheckpointException("the checkpoint is of another training: for \"" + names.get(i) + "\" "
                        + current.get(i).type() + " is needed, it has " + (t == null ? "nothing" : t.type()));
            }
            restored.add(copy(t));
        }
        current = List.copyOf(restored);
    }
}
