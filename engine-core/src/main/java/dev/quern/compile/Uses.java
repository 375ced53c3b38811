package dev.quern.compile;

import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;

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
