package dev.quern.compile;

import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// Which steps of a draft write and read each buffer.
final class Uses {
    private final List<List<Integer>> writers = new ArrayList<>();
    private final List<List<Integer>> readers = new ArrayList<>();

    private Uses(int buffers) {
        for (int i = 0; i < buffers; i++) {
            writers.add(new ArrayList<>());
            readers.add(new ArrayList<>());
        }
    }

    static Uses of(Draft draft) {
        Uses uses = new Uses(draft.buffers());
        List<Program.Step> steps = draft.steps();
        for (int s = 0; s < steps.size(); s++) {
            for (View v : steps.get(s).kernel().outputs()) {
                add(uses.writers.get(v.buffer()), s);
            }
            for (View v : steps.get(s).kernel().inputs()) {
                add(uses.readers.get(v.buffer()), s);
            }
        }
        for (View v : draft.outputs()) {
            add(uses.readers.get(v.buffer()), steps.size());
        }
        return uses;
    }

    private static void add(List<Integer> list, int step) {
        if (list.isEmpty() || list.getLast() != step) {
            list.add(step);
        }
    }

    /// Buffer `to` takes the place of `from`, and `steps` are no more.
    void merge(int from, int to, List<Integer> steps) {
        for (List<List<Integer>> all : List.of(writers, readers)) {
            TreeSet<Integer> both = new TreeSet<>(all.get(from));
            both.addAll(all.get(to));
            steps.forEach(both::remove);
            all.set(from, List.of());
            all.set(to, new ArrayList<>(both));
        }
    }

    /// Steps that write `buffer`, ascending, each once.
    List<Integer> writers(int buffer) {
        return writers.get(buffer);
    }

    /// Steps that read `buffer`, ascending, each once; the number of steps stands for the program's outputs.
    List<Integer> readers(int buffer) {
        return readers.get(buffer);
    }

    /// The only step that writes `buffer`, or −1.
    int onlyWriter(int buffer) {
        return writers(buffer).size() == 1 ? writers(buffer).getFirst() : -1;
    }
}
