package dev.quern.opencl;

import dev.quern.device.DeviceBackend;
import org.jocl.cl_mem;

/// Runs programs on one OpenCL device that compiles their kernels.
final class OpenClBackend extends DeviceBackend<OpenClAccelerator, cl_mem> {
    static final String NAME = "opencl";

    OpenClBackend(Device device) {
        this(OpenClAccelerator.compiling(device));
    }

    OpenClBackend(OpenClAccelerator accelerator) {
        super(accelerator);
    }
}
