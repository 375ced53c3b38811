package dev.quern.train;

import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors that steps change. Parameters, optimizer state and averages are written over by an update, which is only
/// made where the gradients are sound. Running statistics come with the gradients, before that is known: they are kept
/// twice, and the second set becomes the current one when the batch has turned out well.
final class Variables {
    private final List<StepGraph.Variable> declared;
    private final List<Tensor> current = new ArrayList<>();
    private List<Tensor> next;

    Variables(List<StepGraph.Variable> variables) {
        this.declared = List.copyOf(variables);
        for (StepGraph.Variable v : declared) {
            current.add(v.kind() == StepGraph.Kind.STATE ? v.initial() : copy(v.initial()));
        }
        this.next = of(StepGraph.Kind.RUNNING).stream().map(Variables::copy).toList();
    }

    static Tensor copy(Tensor t) {
        Elements copied = Elements.zeros(t.dtype(), t.length());
        System.arraycopy(t.array(), 0, copied.array(), 0, t.length());
        return Tensor.wrap(t.dtype(), copied.array(), t.shape());
    }

    /// The current values of some kinds, not copies: what an update writes over.
    List<Tensor> of(StepGraph.Kind... kinds) {
        List<StepGraph.Kind> wanted = Arrays.asList(kinds);
        List<Tensor> found = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            if (wanted.contains(declared.get(i).kind())) {
                found.add(current.get(i));
            }
        }
        return found;
    }

    /// Where a batch writes the running statistics.
    List<Tensor> nextRunning() {
        return next;
    }

    /// Makes the running statistics that a batch has written the current ones.
    void commitRunning() {
        List<Tensor> before = of(StepGraph.Kind.RUNNING);
        setRunning(next);
        next = before;
    }

    private void setRunning(List<Tensor> values) {
        int at = 0;
        for (int i = 0; i < declared.size(); i++) {
            if (declared.get(i).kind() == StepGraph.Kind.RUNNING) {
                current.set(i, values.get(at++));
            }
        }
    }

    /// Takes the running statistics back to what they were.
    void restoreRunning(List<Tensor> values) {
        setRunning(values.stream().map(Variables::copy).toList());
    }

    /// Copies of the running statistics.
    List<Tensor> runningCopies() {
        return of(StepGraph.Kind.RUNNING).stream().map(Variables::copy).toList();
    }

    /// The current values by name: not copies.
    Map<String, Tensor> byName() {
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (int i = 0; i < declared.size(); i++) {
            values.put(declared.get(i).name(), current.get(i));
        }
        return values;
    }

    /// The parameters of the trained model by name, averages in their places where there are any: not copies.
    Map<String, Tensor> ofModel() {
        Map<String, Tensor> values = new LinkedHashMap<>();
        List<Tensor> averages = of(StepGraph.Kind.AVERAGE);
        int at = 0;
        for (int i = 0; i < declared.size(); i++) {
            switch (declared.get(i).kind()) {
                case PARAMETER ->
                    values.put(declared.get(i).name(), averages.isEmpty() ? current.get(i) : averages.get(at++));
                case RUNNING -> values.put(declared.get(i).name(), current.get(i));
                case STATE, SCALE, AVERAGE -> {}
            }
        }
        return values;
    }

    /// @throws DivergedException where a running statistic is no finite number in what a batch has written
    void requireSoundRunning() {
        unsound().ifPresent(name -> {
            throw new DivergedException(
                    "\"" + name + "\" is no finite number (a batch of one value a channel has no variance)");
        });
    }

    private Optional<String> unsound() {
        int at = 0;
        for (StepGraph.Variable v : declared) {
            if (v.kind() == StepGraph.Kind.RUNNING) {
                Tensor t = next.get(at++);
                for (int k = 0; k < t.length(); k++) {
                    if (!Double.isFinite(t.getDouble(k))) {
                        return Optional.of(v.name());
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
        current.clear();
        current.addAll(restored);
    }
}
