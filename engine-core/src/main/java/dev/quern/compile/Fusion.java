package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Joins kernels whose intermediate results need no memory: a Map into the Map, Reduce, Contract or Convolve that reads
/// it or that it reads.
///
/// A join takes effect at the reader's place. It removes one pass over memory and never changes a rounding of `f32` or
/// `f64`: each operation of the joined expressions still rounds on its own. `f16` and `bf16` lose the rounding of the
/// store that is no more, on every backend alike ([dev.quern.expr.Substitution]).
final class Fusion {
    /// A joined expression beyond this size is slower to compile than it saves.
    static final int MOST_NODES = 256;

    private Fusion() {}

    static void run(Draft draft, RunControl control) {
        boolean changed = true;
        while (changed) {
            changed = round(draft, control);
        }
    }

    /// One pass over all steps; joins that do not overlap are all done.
    private static boolean round(Draft draft, RunControl control) {
        Uses uses = Uses.of(draft);
        List<Program.Step> steps = new ArrayList<>(draft.steps());
        boolean[] gone = new boolean[steps.size()];
        boolean[] touched = new boolean[steps.size()];
        boolean changed = false;
        for (int reader = 0; reader < steps.size(); reader++) {
            control.check();
            for (View v : steps.get(reader).kernel().inputs()) {
                int writer = v.buffer() < 0 ? -1 : uses.onlyWriter(v.buffer());
                if (writer < 0 || writer >= reader || touched[reader] || !draft.isTemporary(v.buffer())) {
                    continue;
                }
                boolean onlyReader = uses.readers(v.buffer()).size() == 1;
                if (touched[writer]) {
                    // what may end the kernel that has just taken its writer waits for the next round to do so
                    touched[reader] = onlyReader
                            && steps.get(reader).kernel() instanceof Kernel.Map
                            && !(steps.get(writer).kernel() instanceof Kernel.Map);
                    continue;
                }
                Optional<Kernel> joined = onlyReader
                        ? join(steps.get(writer).kernel(), steps.get(reader).kernel(), v.buffer())
                        : Optional.empty();
                if (joined.isPresent() && isFree(draft, uses, joined.get(), writer, reader)) {
                    steps.set(reader, new Program.Step(joined.get(), origins(steps.get(writer), steps.get(reader))));
                    gone[writer] = true;
                    touched[writer] = true;
                    touched[reader] = true;
                    changed = true;
                    break;
                }
            }
        }
        List<Program.Step> left = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            if (!gone[i]) {
                left.add(steps.get(i));
            }
        }
        draft.setSteps(left);
        return changed;
    }

    private static Optional<Kernel> join(Kernel writer, Kernel reader, int buffer) {
        if (writer instanceof Kernel.Map map && map.outputs().size() == 1) {
            return MapFusion.into(map, reader, buffer);
        }
        if (reader instanceof Kernel.Map map && map.outputs().size() == 1) {
            return EpilogueFusion.append(writer, map, buffer);
        }
        return Optional.empty();
    }

    /// Whether the operands that move to the reader's place still hold then what they held at the writer's: no step
    /// in between writes them (a buffer may be written piece by piece).
    private static boolean isFree(Draft draft, Uses uses, Kernel joined, int writer, int reader) {
        for (View v : joined.inputs()) {
            for (int s : uses.writers(v.buffer())) {
                if (s > writer
                        && s < reader
                        && draft.steps().get(writer).kernel().inputs().stream()
                                .anyMatch(in -> in.buffer() == v.buffer())) {
                    return false;
                }
            }
        }
        return true;
    }

    private static List<String> origins(Program.Step writer, Program.Step reader) {
        Set<String> all = new LinkedHashSet<>(writer.origins());
        all.addAll(reader.origins());
        return List.copyOf(all);
    }
}
