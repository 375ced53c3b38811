package dev.quern.cpu.run;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Program;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The buffers of a program while it is compiled, and a few more: those that steps share, which hold something only
/// from
/// one step of a kernel to the next, and constants that steps have made of the program's.
public final class Buffers {
    /// How many shared buffers there are.
    public static final int SHARED = 4;

    private final Program program;
    private final RunControl control;
    private final int[] lengths = new int[SHARED];
    private final List<Constant> derived = new ArrayList<>();

    /// @param control stops the preparation of the program
    public Buffers(Program program, RunControl control) {
        this.program = program;
        this.control = control;
    }

    /// Polled by whoever prepares something that takes long, as packing weights does.
    public RunControl control() {
        return control;
    }

    /// The constant that a buffer holds, or `null`.
    public @Nullable Constant constant(int buffer) {
        int beyond = buffer - program.buffers().size();
        if (beyond >= 0) {
            return beyond < SHARED ? null : derived.get(beyond - SHARED);
        }
        return program.buffers().get(buffer).role() instanceof Buffer.Fixed(Constant constant) ? constant : null;
    }

    /// A buffer that holds `constant`, which is not one of the program's.
    public int derived(Constant constant) {
        derived.add(constant);
        return program.buffers().size() + SHARED + derived.size() - 1;
    }

    /// The constants that are not the program's, in the order of their buffers, which follow the shared ones.
    public List<Constant> derived() {
        return List.copyOf(derived);
    }

    /// Shared buffer `number`, a float array of at least `length`.
    public int shared(int number, int length) {
        lengths[number] = Math.max(lengths[number], length);
        return program.buffers().size() + number;
    }

    /// How long shared buffer `number` must be for everything compiled so far.
    public int sharedLength(int number) {
        return lengths[number];
    }
}
