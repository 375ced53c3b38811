package dev.quern.device;

import dev.quern.codegen.Launch;
import dev.quern.kernel.Constant;
import java.util.ArrayList;
import java.util.List;

/// Constants on a device, once for all programs of a model.
final class DeviceConstants {
    private DeviceConstants() {}

    /// @param key what the constant was rearranged into; the text "elements" for itself
    private record Form(Accelerator<?> device, Object key) {}

    static <M> DeviceMemory.Array<M> of(Constant constant, Accelerator<M> device, Queue<M> queue) {
        return constant.form(new Form(device, "elements"), form -> {
            long bytes = (long) constant.tensor().length()
                    * constant.tensor().dtype().bytes();
            DeviceMemory.Array<M> array = device.memory().allocate(bytes);
            queue.write(constant.tensor().array(), bytes, array.handle());
            queue.finish();
            return array;
        });
    }

    /// What a launch makes of the constant.
    static <M> DeviceMemory.Array<M> of(Launch.Derived derived, Accelerator<M> device, Queue<M> queue) {
        DeviceMemory.Array<M> source = of(derived.of(), device, queue);
        return derived.of().form(new Form(device, derived.key()), form -> {
            DeviceMemory.Array<M> target = device.memory()
                    .allocate((long) derived.length() * derived.dtype().bytes());
            List<M> arrays = new ArrayList<>();
            for (Launch.Array a : derived.by().arrays()) {
                arrays.add(
                        switch (a) {
                            case Launch.OfBuffer ignored -> source.handle();
                            case Launch.Scratch ignored -> target.handle();
                            case Launch.Workspace w ->
                                throw new IllegalArgumentException("a constant is rearranged without " + w);
                            case Launch.Derived d ->
                                throw new IllegalArgumentException("a constant is rearranged once, not by " + d);
                        });
            }
            try (Queue.Call call = queue.prepare(derived.by(), target.handle(), 0, arrays);
                    Queue.Batch all = queue.batch(
                            List.of(new Queue.Part(call, 0, derived.by().items())))) {
                all.enqueue();
                queue.finish();
            }
            return target;
        });
    }
}
