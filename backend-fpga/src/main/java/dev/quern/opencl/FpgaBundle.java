package dev.quern.opencl;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.Backends;
import dev.quern.backend.Executable;
import dev.quern.codegen.Hash;
import dev.quern.graph.Graph;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jocl.CLException;

/// Folders with all that an FPGA card needs of a model, since a card cannot compile: *written* where there is no card,
/// *built* by the vendor's compiler, *sealed* with the hash of its binary, *opened* as a backend.
public final class FpgaBundle {
    private FpgaBundle() {}

    /// Writes the bundle of a model for inputs of fixed shapes. What is not for cards is left to the processor;
    /// `placement.txt` says why, node by node.
    ///
    /// @param file the model's file, of which the bundle keeps a copy
    /// @param shapes extents of inputs by name, of those that have none
    /// @param builds whether the kernels are built too, for the OpenCL device at hand
    /// @return how many kernels there are
    /// @throws BackendException where the folder cannot be written, or nothing of the model is for cards
    public static int write(Graph graph, Optional<Path> file, Map<String, long[]> shapes, Path folder, boolean builds) {
        Recording recording = new Recording(Backends.prefer("cpu", "reference"));
        Map<String, Tensor> inputs = new SampleInputs(shapes, 0).missing(graph, Set.of());
        String placement;
        try (Model model = Model.of(graph, ModelOptions.defaults().backend(recording))) {
            placement = model.plan().toString();
            model.run(inputs);
        }
        if (recording.programs.isEmpty()) {
            throw new BackendException("fpga: nothing of this model is for cards:\n" + placement);
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("placement.txt"), placement);
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("format", Bundle.FORMAT);
            Map<String, String> types = new LinkedHashMap<>();
            inputs.forEach((name, t) -> types.put(name, t.type().toString()));
            facts.put("inputs", types);
            if (file.isPresent()) {
                Files.copy(file.get(), folder.resolve("model.onnx"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                facts.put("model", entry(folder, "model.onnx"));
            }
            BundleWriter writer = new BundleWriter(folder);
            writer.write(recording.programs, facts);
            if (builds) {
                Files.write(folder.resolve("quern.bin"), built(writer.source()));
                seal(folder, folder.resolve("quern.bin"));
            }
            return writer.kernels();
        } catch (IOException e) {
            throw new BackendException("fpga: " + folder + " cannot be written: " + e.getMessage());
        }
    }

    private static byte[] built(String source) {
        try {
            List<Device> devices = Device.compiling();
            if (devices.isEmpty()) {
                throw new BackendException("fpga: no OpenCL device here can compile (" + OpenClProvider.REMEDY + ")");
            }
            Device device = devices.getFirst();
            return new BuiltPrograms(device, OpenClAccelerator.context(device), Optional.empty()).binary(source);
        } catch (CLException | LinkageError missing) {
            throw new BackendException("fpga: no OpenCL device here can compile: " + missing.getMessage() + " ("
                    + OpenClProvider.REMEDY + ")");
        }
    }

    /// Takes what the card's compiler left into a bundle, with its hash.
    ///
    /// @throws BackendException where there is no such bundle or file
    public static void seal(Path folder, Path binary) {
        Map<String, Object> manifest = Bundle.manifest(folder);
        if (!Files.isRegularFile(binary)) {
            throw new BackendException("fpga: there is no file " + binary
                    + ": it is what the card's compiler writes, as BUILD.md in the bundle says");
        }
        String name = String.valueOf(binary.getFileName());
        try {
            Path kept = folder.resolve(name);
            if (!Files.exists(kept) || !Files.isSameFile(kept, binary)) {
                Files.copy(binary, kept, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
            manifest.put("binary", entry(folder, name));
            BundleWriter.save(folder, manifest);
        } catch (IOException e) {
            throw new BackendException("fpga: " + binary + " cannot be taken into " + folder + ": " + e.getMessage());
        }
    }

    private static Map<String, Object> entry(Path folder, String name) throws IOException {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("file", name);
        entry.put("sha256", Hash.of(Files.readAllBytes(folder.resolve(name))));
        return entry;
    }

    /// The backend of a bundle that is built: on the device whose name contains `-Dquern.opencl.device`, else on
    /// the first card, else on the first device.
    ///
    /// @throws BackendException where the bundle is damaged or no device takes its binary
    public static Backend open(Path folder) {
        Bundle bundle = Bundle.read(folder);
        try {
            String wanted = System.getProperty("quern.opencl.device", "");
            List<Device> devices =
                    Device.all().stream().filter(d -> d.name().contains(wanted)).toList();
            Device device = devices.stream()
                    .filter(d -> !d.isCpu() && !d.isGpu())
                    .findFirst()
                    .or(() -> devices.stream().findFirst())
                    .orElseThrow(() -> new BackendException(
                            "fpga: no OpenCL device here" + (wanted.isEmpty() ? "" : " is called " + wanted)));
            return new FpgaBackend(device, bundle);
        } catch (CLException failed) {
            throw new BackendException("fpga: OpenCL found no device: " + failed.getMessage());
        }
    }

    /// Takes what a card would, and notes the programs.
    private static final class Recording implements Backend {
        private final Backend runs;
        private final List<Program> programs = new ArrayList<>();

        Recording(Backend runs) {
            this.runs = runs;
        }

        @Override
        public String name() {
            return FpgaBackend.NAME;
        }

        @Override
        public boolean multipliesIntegers() {
            return true;
        }

        @Override
        public Optional<String> refuses(DType dtype) {
            return Card.refuses(dtype);
        }

        @Override
        public Optional<String> refuses(Kernel.Claimed op, List<TensorType> inputs) {
            return Card.refuses(op, inputs);
        }

        @Override
        public Executable compile(Program program, Settings settings) {
            programs.add(program);
            return runs.compile(program, settings);
        }
    }
}
