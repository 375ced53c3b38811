package dev.quern.gpu;

import dev.quern.backend.DeviceTensor;
import dev.quern.gpu.driver.Libraries;
import dev.quern.session.DeviceRun;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The GPU of this machine with a [DeviceClock].
final class TimedDevice implements AutoCloseable {
    private static final int WARM_UP = 5;

    private final DeviceClock clock;
    private final CudaBackend backend;

    TimedDevice() {
        Libraries libraries = Libraries.ofThisMachine();
        this.clock = new DeviceClock(libraries.driver());
        this.backend = new CudaBackend(new CudaAccelerator(
                clock.driver(), Integer.getInteger("quern.cuda.device", 0), libraries.compiler(), libraries));
    }

    DeviceClock clock() {
        return clock;
    }

    ModelOptions options() {
        return ModelOptions.defaults().backend(backend);
    }

    List<String> remarks() {
        return backend.remarks();
    }

    /// The median of a run in milliseconds; inputs and outputs stay on the device.
    double median(Model model, double seconds) {
        Map<String, Tensor> drawn = new SampleInputs(Map.of(), 0).missing(model.graph(), Set.of());
        Map<String, DeviceTensor> inputs = new HashMap<>();
        Map<String, DeviceTensor> outputs = new HashMap<>();
        drawn.forEach((name, t) -> {
            DeviceTensor there = backend.allocate(t.type());
            there.write(t);
            inputs.put(name, there);
        });
        model.run(drawn)
                .forEach((name, v) ->
                        outputs.put(name, backend.allocate(v.asTensor().type())));
        DeviceRun run = model.bindOnDevice(inputs, outputs);
        List<Double> millis = new ArrayList<>();
        long end = 0;
        for (int i = 0; i <= WARM_UP || System.nanoTime() < end; i++) {
            clock.take();
            run.run();
            if (i == WARM_UP) {
                end = System.nanoTime() + (long) (seconds * 1e9);
            }
            if (i >= WARM_UP) {
                millis.add(clock.take());
            }
        }
        inputs.values().forEach(DeviceTensor::close);
        outputs.values().forEach(DeviceTensor::close);
        millis.sort(null);
        return millis.get(millis.size() / 2);
    }

    @Override
    public void close() {
        backend.close();
    }
}
