package dev.quern.device;

import dev.quern.backend.RunException;
import dev.quern.codegen.Launch;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Shape;

/// What launches leave where an element makes them fail.
final class Failed {
    static final int STATUS_INTS = 5;

    private Failed() {}

    /// @param status what was left
    /// @throws RunException where that is a failure, which names the node
    static void check(int[] status, Program program) {
        if (status[0] == 0) {
            return;
        }
        Program.Step step = program.steps().get(status[1]);
        long value = (status[3] & 0xFFFF_FFFFL) | ((long) status[4] << 32);
        throw new RunException("\"" + step.name() + "\": "
                + switch (Launch.Failure.of(status[0])) {
                    case NONE -> throw new IllegalStateException("no failure");
                    case DIVIDED_BY_ZERO -> "an integer is divided by zero";
                    case INDEX_OUTSIDE -> outside(step.kernel(), status[2], value);
                });
    }

    private static String outside(Kernel kernel, int axis, long index) {
        View indexed =
                kernel instanceof Kernel.Gather g ? g.data() : kernel.outputs().getFirst();
        int extent = indexed.dim(axis);
        return "index " + index + " must be in [" + -extent + ", " + extent + ") for axis " + axis + " of "
                + indexed.dtype() + Shape.of(indexed.dims());
    }
}
