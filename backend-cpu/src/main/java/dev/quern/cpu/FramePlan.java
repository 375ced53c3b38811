package dev.quern.cpu;

import dev.quern.backend.RunControl;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Program;
import java.util.List;

/// The arrays that the steps of a program work on.
///
/// @param sharedLengths of the buffers that steps share
/// @param extras the buffers behind those
record FramePlan(Program program, List<Integer> sharedLengths, List<Buffers.Extra> extras) {

    /// @param buffers after all steps have been compiled
    static FramePlan of(Program program, Buffers buffers) {
        return new FramePlan(program, buffers.sharedLengths(), buffers.extras());
    }

    /// Of what [#newWorkspace] allocates.
    long bytes() {
        long floats = sharedLengths.stream().mapToLong(Integer::longValue).sum()
                + extras.stream()
                        .filter(e -> e.constant() == null)
                        .mapToLong(Buffers.Extra::length)
                        .sum();
        return program.frameBytes() + floats * Float.BYTES;
    }

    /// All arrays but those of inputs and outputs, which are bound for each run.
    ///
    /// @param workers how many threads have scratch there
    Workspace newWorkspace(int workers, RunControl control) {
        Object[] slots = new Object[program.slots().size()];
        for (int i = 0; i < slots.length; i++) {
            control.check();
            Program.Slot slot = program.slots().get(i);
            slots[i] = slot.dtype().newArray(slot.length());
        }
        int own = program.buffers().size();
        Workspace workspace = new Workspace(own + sharedLengths.size() + extras.size(), workers);
        for (int i = 0; i < own; i++) {
            switch (program.buffers().get(i).role()) {
                case Buffer.Fixed(var constant) -> workspace.bind(i, constant);
                case Buffer.Temporary(int slot) -> workspace.bind(i, slots[slot]);
                case Buffer.Input ignored -> {}
                case Buffer.Output ignored -> {}
            }
        }
        for (int i = 0; i < sharedLengths.size(); i++) {
            control.check();
            workspace.bind(own + i, new float[sharedLengths.get(i)]);
        }
        for (int i = 0; i < extras.size(); i++) {
            control.check();
            Buffers.Extra extra = extras.get(i);
            int buffer = own + sharedLengths.size() + i;
            if (extra.constant() == null) {
                workspace.bind(buffer, new float[extra.length()]);
            } else {
                workspace.bind(buffer, extra.constant());
            }
        }
        return workspace;
    }
}
