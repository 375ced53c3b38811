package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.backend.Backends;
import dev.quern.backend.DeviceTensor;
import dev.quern.session.DeviceRun;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Times a model on the GPU with inputs and outputs that stay there, as frameworks are timed: MODEL SECONDS. Prints the
/// median of a run in milliseconds.
public final class ModelTimes {
    private static final int WARM_UP = 5;

    private ModelTimes() {}

    public static void main(String[] args) {
        Backend backend = Backends.prefer("cuda");
        double seconds = Double.parseDouble(args[1]);
        try (Model model = Model.load(Path.of(args[0]), ModelOptions.defaults().backend(backend))) {
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
            for (int i = 0; i < WARM_UP; i++) {
                run.run();
            }
            List<Long> nanos = new ArrayList<>();
            for (double total = 0; total < seconds; total += nanos.getLast() / 1e9) {
                long start = System.nanoTime();
                run.run();
                nanos.add(System.nanoTime() - start);
            }
            nanos.sort(null);
            System.out.printf(Locale.ROOT, "%.4f%n", nanos.get(nanos.size() / 2) / 1e6);
        }
    }
}
