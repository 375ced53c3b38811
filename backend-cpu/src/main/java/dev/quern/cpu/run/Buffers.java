package dev.quern.cpu.run;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Program;
import org.jspecify.annotations.Nullable;

/// The buffers of a program while it is compiled, and a few more that steps share: a shared buffer holds something only
/// from one step of a kernel to the next.
public final class Buffers {
    /// How many shared buffers there are.
    public static final int SHARED = 2;

    private final Program program;
    private final RunControl control;
    private final int[] lengths = new int[SHARED];

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
        return program.buffers().get(buffer).role() instanceof Buffer.Fixed(Constant constant) ? constant : null;
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
