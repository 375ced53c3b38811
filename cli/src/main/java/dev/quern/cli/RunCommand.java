package dev.quern.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.train.NpyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern run`.
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description =
                "Scores a model; prints types and first elements of the outputs, or writes them as files. Inputs that"
                        + " are not given are drawn by seed.")
final class RunCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "an ONNX file")
    Path model = Path.of("");

    @Option(
            names = {"-i", "--input"},
            paramLabel = "NAME=FILE.npy",
            description = "an input, from a NumPy file")
    Map<String, Path> inputs = Map.of();

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input to be drawn")
    List<String> shapes = List.of();

    @Option(names = "--seed", paramLabel = "S", description = "seed of inputs to be drawn; default ${DEFAULT-VALUE}")
    long seed;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "write each output there: tensors as .npy, others as .json")
    @Nullable
    Path folder;

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    PrecisionOption precision = new PrecisionOption();

    @Override
    public Integer call() throws IOException {
        try (Model m = Model.load(model, precision.appliedTo(backend.toModelOptions()))) {
            Map<String, Datum> all = new LinkedHashMap<>();
            inputs.forEach((name, file) -> all.put(name, NpyFile.read(file)));
            SampleInputs generated = new SampleInputs(SampleInputs.parse(m.graph(), shapes), seed);
            all.putAll(generated.missing(m.graph(), inputs.keySet()));
            for (Map.Entry<String, Datum> result : m.run(all).entrySet()) {
                if (folder == null) {
                    System.out.println(result.getKey() + ": " + shown(result.getValue()));
                } else {
                    System.out.println(result.getKey() + ": " + write(folder, result.getKey(), result.getValue()));
                }
            }
        }
        return 0;
    }

    private static String shown(Datum d) throws IOException {
        return d instanceof Tensor t ? t.toString() : d.type() + " " + JSON.std.asString(plain(d));
    }

    private static Path write(Path folder, String name, Datum d) throws IOException {
        Files.createDirectories(folder);
        String file = name.replaceAll("[^A-Za-z0-9._-]", "_");
        if (d instanceof Tensor t && t.dtype() != DType.STRING) {
            Path to = folder.resolve(file + ".npy");
            NpyFile.write(to, t);
            return to;
        }
        Path to = folder.resolve(file + ".json");
        Files.writeString(to, JSON.std.asString(plain(d)) + "\n");
        return to;
    }

    /// A value as lists, maps, numbers and strings.
    private static Object plain(Datum d) {
        return switch (d) {
            case Tensor t -> tensor(t);
            case Datum.Sequence s -> s.values().stream().map(RunCommand::plain).toList();
            case Datum.Mapping m -> {
                Map<String, Object> entries = new LinkedHashMap<>();
                m.values().forEach((k, v) -> entries.put(String.valueOf(k), plain(v)));
                yield entries;
            }
            case Datum.Maybe m ->
                m.value().<Object>map(RunCommand::plain).map(List::of).orElse(List.of());
        };
    }

    private static Object tensor(Tensor t) {
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < t.length(); i++) {
            elements.add(
                    switch (t.dtype().kind()) {
                        case FLOAT -> t.getDouble(i);
                        case SIGNED, UNSIGNED -> t.getLong(i);
                        case BOOL -> t.getLong(i) != 0;
                        case STRING -> t.getString(i);
                        case COMPLEX ->
                            List.of(t.getComplex(i).re(), t.getComplex(i).im());
                    });
        }
        if (t.rank() == 0) {
            return elements.getFirst();
        }
        if (t.rank() > 1 && t.length() == 0) {
            throw new ModelException("an empty tensor of rank " + t.rank() + " has no form in JSON");
        }
        return elements;
    }
}
