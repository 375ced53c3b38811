package dev.quern.opencl;

import dev.quern.backend.Backend;
import dev.quern.codegen.Target;
import dev.quern.kernel.Kernel;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import org.junit.jupiter.api.condition.EnabledIf;

/// The forms that GPUs get, whose items meet at barriers, on any device: they must give the same bits there.
@EnabledIf(
        value = "dev.quern.opencl.DeviceConformance#hasDevice",
        disabledReason = "no OpenCL device here: install pocl-opencl-icd and ocl-icd-libopencl1")
class GpuFormsTest extends BackendConformance {
    private static final int PART = 48;
    private static final Backend BACKEND =
            new OpenClBackend(OpenClAccelerator.compiling(Device.compiling().getFirst(), Target.GPU));

    @Override
    protected Backend backend() {
        return BACKEND;
    }

    @Override
    protected boolean includes(KernelCase c) {
        return c.name().startsWith("Rows")
                || c.name().startsWith("Attention")
                || c.name().startsWith("Gates")
                || Math.floorMod(c.name().hashCode(), PART) == 1
                        && c.program().steps().stream()
                                .anyMatch(s -> s.kernel() instanceof Kernel.Reduce
                                        || s.kernel() instanceof Kernel.Contract
                                        || s.kernel() instanceof Kernel.Convolve);
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
