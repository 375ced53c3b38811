package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.kernel.Buffer;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import org.junit.jupiter.api.condition.EnabledIf;

/// The testkit's suite on the device that `opencl` chooses. Functions of `f64` are the device's own.
///
/// PoCL takes about 0.2 s to build a kernel, so one case in eight is run; `-Dquern.opencl.suite=whole` runs all,
/// `small` a few that work on little, for a device that looks at every access (Oclgrind).
@EnabledIf(
        value = "dev.quern.opencl.OpenClConformanceTest#hasDevice",
        disabledReason = "no OpenCL device here: install pocl-opencl-icd and ocl-icd-libopencl1")
class OpenClConformanceTest extends BackendConformance {
    private static final String SUITE = System.getProperty("quern.opencl.suite", "part");
    private static final int PART = 8;
    private static final int SMALL_PART = 8;
    private static final int SMALL = 4000;
    private static final Availability FOUND = new OpenClProvider().probe();

    static boolean hasDevice() {
        return FOUND instanceof Availability.Available;
    }

    @Override
    protected Backend backend() {
        return ((Availability.Available) FOUND).backend();
    }

    @Override
    protected boolean includes(KernelCase c) {
        int number = c.name().hashCode();
        return switch (SUITE) {
            case "whole" -> true;
            case "small" -> Math.floorMod(number, SMALL_PART) == 0 && isSmall(c);
            default -> Math.floorMod(number, PART) == 0;
        };
    }

    private static boolean isSmall(KernelCase c) {
        return c.program().buffers().stream().mapToInt(Buffer::length).sum() < SMALL;
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
