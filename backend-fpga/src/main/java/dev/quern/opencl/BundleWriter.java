package dev.quern.opencl;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.quern.codegen.Dialect;
import dev.quern.codegen.Hash;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Program;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes what programs need on a card: their kernels as OpenCL C with all extents in the text, their constants, and
/// which kernel runs when on what.
final class BundleWriter {
    private static final int HASH_CHARACTERS = 16;

    private final Path folder;
    private final Map<String, Launch> kernels = new LinkedHashMap<>();
    private final List<Object> kernelEntries = new ArrayList<>();
    private final Map<Constant, String> weightFiles = new IdentityHashMap<>();
    private final List<Object> weightEntries = new ArrayList<>();
    private final List<Object> plan = new ArrayList<>();

    BundleWriter(Path folder) {
        this.folder = folder;
    }

    /// @param facts what stands in the manifest besides
    void write(List<Program> programs, Map<String, Object> facts) throws IOException {
        Files.createDirectories(folder.resolve("kernels"));
        Files.createDirectories(folder.resolve("weights"));
        for (int i = 0; i < programs.size(); i++) {
            program(i, programs.get(i));
        }
        Files.writeString(
                folder.resolve("kernels").resolve("quern.h"), "#pragma once\n" + Dialect.OPENCL.source(List.of()));
        Files.writeString(
                folder.resolve("kernels.cl"),
                kernels.keySet().stream()
                        .map(f -> "#include \"kernels/" + f + ".cl\"\n")
                        .collect(Collectors.joining()));
        Files.writeString(folder.resolve("BUILD.md"), recipe());
        Map<String, Object> manifest = new LinkedHashMap<>(facts);
        manifest.put("kernels", kernelEntries);
        manifest.put("weights", weightEntries);
        manifest.put("plan", plan);
        save(folder, manifest);
    }

    static void save(Path folder, Map<String, Object> manifest) throws IOException {
        Files.writeString(
                folder.resolve(Bundle.MANIFEST),
                JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(manifest) + "\n");
    }

    int kernels() {
        return kernels.size();
    }

    /// The sources of all kernels as one.
    String source() {
        return Dialect.OPENCL.source(kernels.values().stream().map(Launch::text).toList());
    }

    private void program(int number, Program program) throws IOException {
        Map<String, Integer> groups = new LinkedHashMap<>();
        List<Object> launches = new ArrayList<>();
        for (Program.Step step : program.steps()) {
            for (Launch launch : KernelCode.of(step.kernel(), program.buffers(), Target.FPGA)) {
                kernel(launch, program);
                List<String> arrays = new ArrayList<>();
                for (Launch.Array a : launch.arrays()) {
                    arrays.add(array(a, program));
                }
                int group = 0;
                for (String a : arrays) {
                    group = Math.max(group, groups.getOrDefault(a, 0));
                }
                for (String a : arrays) {
                    if (!a.startsWith("weights/")) {
                        groups.put(a, group + 1);
                    }
                }
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("group", group);
                entry.put("kernel", launch.function());
                entry.put("nodes", step.name());
                entry.put("items", launch.items());
                entry.put("arrays", arrays);
                launches.add(entry);
            }
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("program", number);
        entry.put("launches", launches);
        plan.add(entry);
    }

    private void kernel(Launch launch, Program program) throws IOException {
        if (kernels.putIfAbsent(launch.function(), launch) != null) {
            return;
        }
        String file = "kernels/" + launch.function() + ".cl";
        String text = "#include \"quern.h\"\n\n" + launch.text();
        Files.writeString(folder.resolve(file), text);
        List<Object> arguments = new ArrayList<>();
        for (Launch.Array a : launch.arrays()) {
            boolean isConstant = a instanceof Launch.OfBuffer(int buffer) && program.constant(buffer) != null;
            arguments.add(Map.of("array", isConstant ? "weights" : "activations", "bank", isConstant ? 1 : 0));
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("function", launch.function());
        entry.put("file", file);
        entry.put("sha256", Hash.of(text));
        entry.put("before", List.of("status: 5 int", "step: int", "from: int", "items: int"));
        entry.put("arguments", arguments);
        kernelEntries.add(entry);
    }

    private String array(Launch.Array a, Program program) throws IOException {
        return switch (a) {
            case Launch.OfBuffer(int buffer) ->
                switch (program.role(buffer)) {
                    case Buffer.Input(int index) -> "input " + index;
                    case Buffer.Output(int index) -> "output " + index;
                    case Buffer.Temporary(int slot) -> "slot " + slot;
                    case Buffer.Fixed(Constant constant) -> weights(constant);
                };
            case Launch.Scratch s -> "scratch " + s.number();
            case Launch.Workspace w -> throw new IllegalArgumentException("cards have no library that needs " + w);
            case Launch.Derived d -> throw new IllegalArgumentException("cards get constants as they are, not " + d);
        };
    }

    private String weights(Constant constant) throws IOException {
        String known = weightFiles.get(constant);
        if (known != null) {
            return known;
        }
        byte[] bytes = bytes(constant.tensor());
        String hash = Hash.of(bytes);
        String file = "weights/" + hash.substring(0, HASH_CHARACTERS) + ".bin";
        Files.write(folder.resolve(file), bytes);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("file", file);
        entry.put("type", constant.tensor().type().toString());
        entry.put("sha256", hash);
        weightEntries.add(entry);
        weightFiles.put(constant, file);
        return file;
    }

    /// Little-endian, row-major.
    private static byte[] bytes(Tensor t) {
        try (Arena arena = Arena.ofConfined()) {
            long size = (long) t.length() * t.dtype().bytes();
            MemorySegment segment = arena.allocate(Math.max(1, size), Long.BYTES);
            t.copyTo(segment.asSlice(0, size));
            return segment.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private String recipe() throws IOException {
        String names = kernels.keySet().stream()
                .map(f -> "v++ -c -t hw --platform $PLATFORM -I kernels -k " + f + " kernels/" + f + ".cl -o " + f
                        + ".xo\n")
                .collect(Collectors.joining());
        try (var in = BundleWriter.class.getResourceAsStream("BUILD.md")) {
            if (in == null) {
                throw new IllegalStateException("the resource BUILD.md is missing from this jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("@KERNELS@", names);
        }
    }
}
