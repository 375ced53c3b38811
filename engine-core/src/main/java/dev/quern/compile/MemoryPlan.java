package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Gives each temporary a slot, an array of the frame, such that temporaries alive at the same time never share one.
///
/// A buffer lives from the first step that writes it to the last that reads it. A Map may write over an operand that
/// dies there if it reads and writes each element at the same place. Slots are shared between types with one carrier.
final class MemoryPlan {
    private final Draft draft;
    private final int[] first;
    private final int[] last;
    private final int[] slotOf;
    private final boolean[] holds;
    private final List<DType> slotTypes = new ArrayList<>();
    private final List<Integer> slotLengths = new ArrayList<>();
    private final List<Boolean> free = new ArrayList<>();

    private MemoryPlan(Draft draft) {
        this.draft = draft;
        this.first = new int[draft.buffers()];
        this.last = new int[draft.buffers()];
        this.slotOf = new int[draft.buffers()];
        this.holds = new boolean[draft.buffers()];
        Arrays.fill(first, Integer.MAX_VALUE);
        Arrays.fill(last, -1);
        Arrays.fill(slotOf, -1);
    }

    /// The slots, after each temporary of `draft` was given its role.
    static List<Program.Slot> plan(Draft draft, RunControl control) {
        MemoryPlan plan = new MemoryPlan(draft);
        plan.measureLives();
        plan.assign(control);
        List<Program.Slot> slots = new ArrayList<>();
        for (int i = 0; i < plan.slotTypes.size(); i++) {
            slots.add(new Program.Slot(plan.slotTypes.get(i), plan.slotLengths.get(i)));
        }
        return slots;
    }

    private void measureLives() {
        List<Program.Step> steps = draft.steps();
        for (int s = 0; s < steps.size(); s++) {
            for (View v : steps.get(s).kernel().outputs()) {
                touch(v.buffer(), s);
            }
            for (View v : steps.get(s).kernel().inputs()) {
                touch(v.buffer(), s);
            }
        }
    }

    private void touch(int buffer, int step) {
        first[buffer] = Math.min(first[buffer], step);
        last[buffer] = Math.max(last[buffer], step);
    }

    private void assign(RunControl control) {
        List<Program.Step> steps = draft.steps();
        for (int s = 0; s < steps.size(); s++) {
            control.check();
            Kernel kernel = steps.get(s).kernel();
            // nothing writes what is empty, and yet it is read
            for (View in : kernel.inputs()) {
                if (draft.isTemporary(in.buffer()) && slotOf[in.buffer()] < 0) {
                    take(in.buffer(), bestFree(in.buffer()));
                }
            }
            for (View out : kernel.outputs()) {
                int b = out.buffer();
                if (draft.isTemporary(b) && slotOf[b] < 0) {
                    int over = kernel instanceof Kernel.Map map ? overwritable(map, out, s) : -1;
                    take(b, over >= 0 ? slotOf[over] : bestFree(b));
                    if (over >= 0) {
                        holds[over] = false;
                    }
                }
            }
            release(kernel.inputs(), s);
            release(kernel.outputs(), s);
        }
        for (int b = 0; b < draft.buffers(); b++) {
            if (slotOf[b] >= 0) {
                draft.setRole(b, new Buffer.Temporary(slotOf[b]));
            }
        }
    }

    private void take(int buffer, int slot) {
        int chosen = slot;
        if (chosen < 0) {
            chosen = slotTypes.size();
            slotTypes.add(draft.dtype(buffer));
            slotLengths.add(0);
            free.add(false);
        }
        slotLengths.set(chosen, Math.max(slotLengths.get(chosen), draft.length(buffer)));
        free.set(chosen, false);
        slotOf[buffer] = chosen;
        holds[buffer] = true;
    }

    private void release(List<View> views, int step) {
        for (View v : views) {
            int b = v.buffer();
            if (last[b] == step && holds[b]) {
                free.set(slotOf[b], true);
                holds[b] = false;
            }
        }
    }

    /// A temporary operand of `map` that dies at `step` and lies under `out` element by element, or −1.
    private int overwritable(Kernel.Map map, View out, int step) {
        for (View in : map.inputs()) {
            int b = in.buffer();
            boolean dies = holds[b] && last[b] == step && first[b] < step;
            if (dies
                    && carrier(b) == carrier(out.buffer())
                    && draft.length(b) >= draft.length(out.buffer())
                    && InPlace.isUnder(map, b, out)) {
                return b;
            }
        }
        return -1;
    }

    private Class<?> carrier(int buffer) {
        return draft.dtype(buffer).carrier();
    }

    /// The free slot of the buffer's carrier whose length is nearest, or −1.
    private int bestFree(int buffer) {
        int best = -1;
        for (int i = 0; i < free.size(); i++) {
            if (free.get(i) && slotTypes.get(i).carrier() == carrier(buffer)) {
                best = best < 0 || misfit(i, buffer) < misfit(best, buffer) ? i : best;
            }
        }
        return best;
    }

    /// How much larger than needed a slot is, or, weighing more, how much it would have to grow.
    private long misfit(int slot, int buffer) {
        long spare = (long) slotLengths.get(slot) - draft.length(buffer);
        return spare >= 0 ? spare : -2 * spare;
    }
}
