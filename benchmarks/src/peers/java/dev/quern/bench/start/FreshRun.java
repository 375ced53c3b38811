package dev.quern.bench.start;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// One process: `quern|onnxruntime MODEL INPUTS THREADS RUNS`. Prints a line after the first result, then, after all
/// runs, its peak resident memory in kB.
public final class FreshRun {
    private FreshRun() {}

    public static void main(String[] args) throws IOException, OrtException {
        Path model = Path.of(args[1]);
        Map<String, InputFile.Input> inputs = InputFile.read(Path.of(args[2]));
        int threads = Integer.parseInt(args[3]);
        int runs = Integer.parseInt(args[4]);
        if (args[0].equals("quern")) {
            quern(model, inputs, threads, runs);
        } else {
            onnxRuntime(model, inputs, threads, runs);
        }
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            String peak = lines.filter(l -> l.startsWith("VmHWM")).findFirst().orElse("VmHWM: 0 kB");
            System.out.println(peak.replaceAll("\\D", ""));
        }
    }

    private static void quern(Path file, Map<String, InputFile.Input> inputs, int threads, int runs) {
        try (Model model = Model.load(file, ModelOptions.defaults().threads(threads))) {
            for (int i = 0; i < runs; i++) {
                Map<String, Tensor> tensors = new HashMap<>();
                inputs.forEach((name, in) -> tensors.put(name, tensor(in)));
                model.run(tensors);
                if (i == 0) {
                    System.out.println("first");
                }
            }
        }
    }

    private static Tensor tensor(InputFile.Input in) {
        return in.elements() instanceof float[] floats
                ? Tensor.of(floats, in.extents())
                : Tensor.of((long[]) in.elements(), in.extents());
    }

    private static void onnxRuntime(Path file, Map<String, InputFile.Input> inputs, int threads, int runs)
            throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            try (OrtSession session = environment.createSession(file.toString(), options)) {
                for (int i = 0; i < runs; i++) {
                    Map<String, OnnxTensor> tensors = new HashMap<>();
                    for (Map.Entry<String, InputFile.Input> e : inputs.entrySet()) {
                        tensors.put(e.getKey(), tensor(environment, e.getValue()));
                    }
                    session.run(tensors).close();
                    tensors.values().forEach(OnnxTensor::close);
                    if (i == 0) {
                        System.out.println("first");
                    }
                }
            }
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, InputFile.Input in) throws OrtException {
        return in.elements() instanceof float[] floats
                ? OnnxTensor.createTensor(environment, FloatBuffer.wrap(floats), in.extents())
                : OnnxTensor.createTensor(environment, LongBuffer.wrap((long[]) in.elements()), in.extents());
    }
}
