package dev.quern.opencl;

import dev.quern.codegen.Launch;
import dev.quern.kernel.Constant;
import dev.quern.opencl.OpenClBackend.Session;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/// Constants on the device, once for all programs of a model.
final class DeviceConstants {
    private DeviceConstants() {}

    /// @param key what the constant was rearranged into; the text "elements" for itself
    private record Form(cl_context context, Object key) {}

    static DeviceMemory.Array of(Constant constant, Session session, cl_command_queue queue) {
        return constant.form(new Form(session.context(), "elements"), form -> {
            DType dtype = constant.tensor().dtype();
            long bytes = (long) constant.tensor().length() * dtype.bytes();
            DeviceMemory.Array array = session.memory().allocate(bytes);
            HostArrays.write(queue, constant.tensor().array(), bytes, array.mem());
            return array;
        });
    }

    /// What a launch makes of the constant.
    static DeviceMemory.Array of(Launch.Derived derived, Session session, cl_command_queue queue) {
        DeviceMemory.Array source = of(derived.of(), session, queue);
        return derived.of().form(new Form(session.context(), derived.key()), form -> {
            DeviceMemory.Array target = session.memory()
                    .allocate((long) derived.length() * derived.dtype().bytes());
            List<cl_mem> arrays = new ArrayList<>();
            for (Launch.Array a : derived.by().arrays()) {
                arrays.add(
                        switch (a) {
                            case Launch.OfBuffer ignored -> source.mem();
                            case Launch.Scratch ignored -> target.mem();
                            case Launch.Derived d ->
                                throw new IllegalArgumentException("a constant is rearranged once, not by " + d);
                        });
            }
            ReadyLaunch launch =
                    new ReadyLaunch(derived.by(), session.programs().kernel(derived.by()), target.mem(), 0, arrays);
            launch.enqueue(queue, 0, derived.by().items());
            CL.clFinish(queue);
            launch.release();
            return target;
        });
    }
}
