package dev.quern.opencl;

import dev.quern.codegen.Launch;
import dev.quern.device.Accelerator;
import java.util.Collection;
import org.jocl.cl_kernel;

/// The functions that a device has.
interface Programs {

    /// Sees to it that the device has the functions of these launches.
    ///
    /// @return keeps them until it is closed
    /// @throws dev.quern.backend.BackendException where it cannot have them
    Accelerator.Hold build(Collection<Launch> launches);

    /// A kernel object of its own for a launch that is built.
    cl_kernel kernel(Launch launch);
}
