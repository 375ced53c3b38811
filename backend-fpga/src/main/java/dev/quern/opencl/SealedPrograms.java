package dev.quern.opencl;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Launch;
import dev.quern.device.Accelerator;
import java.util.Collection;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_context;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/// The functions of a bundle's binary. Nothing is ever compiled.
final class SealedPrograms implements Programs {
    private final Bundle bundle;
    private final cl_program program;

    /// @throws BackendException where the device does not take the binary
    SealedPrograms(Device device, cl_context context, Bundle bundle) {
        this.bundle = bundle;
        try {
            this.program = Binaries.load(bundle.binary(), context, device, "");
        } catch (CLException refused) {
            throw new BackendException("fpga: " + device.name() + " does not take the binary of " + bundle.folder()
                    + " (" + refused.getMessage() + "): build it for this card");
        }
    }

    @Override
    public Accelerator.Hold build(Collection<Launch> launches) {
        List<String> missing = launches.stream()
                .map(Launch::function)
                .filter(f -> !bundle.functions().contains(f))
                .distinct()
                .toList();
        if (!missing.isEmpty()) {
            throw new BackendException("fpga: the bundle " + bundle.folder() + " lacks " + missing.size()
                    + " kernels, first " + missing.getFirst() + ": it was written for inputs " + bundle.inputs()
                    + "; write one for this model and these shapes (quern fpga bundle)");
        }
        return () -> {};
    }

    @Override
    public cl_kernel kernel(Launch launch) {
        return CL.clCreateKernel(program, launch.function(), null);
    }
}
