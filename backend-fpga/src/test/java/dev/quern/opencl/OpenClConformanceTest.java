package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import org.junit.jupiter.api.condition.EnabledIf;

/// The testkit's suite on the device that `opencl` chooses. Functions of `f64` are the device's own.
///
/// PoCL takes about 0.2 s to build a kernel, so one case in eight is run; `-Dquern.opencl.suite=whole` runs all.
@EnabledIf(
        value = "dev.quern.opencl.OpenClConformanceTest#hasDevice",
        disabledReason = "no OpenCL device here: install pocl-opencl-icd and ocl-icd-libopencl1")
class OpenClConformanceTest extends BackendConformance {
    private static final boolean IS_WHOLE = "whole".equals(System.getProperty("quern.opencl.suite"));
    private static final int PART = 8;
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
        return IS_WHOLE || Math.floorMod(c.name().hashCode(), PART) == 0;
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
