package dev.quern.cli;

import dev.quern.convert.Clipping;
import dev.quern.convert.Int8;
import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.session.ModelException;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.train.NpzFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How `--dtype int8` quantises.
final class QuantizationOptions {
    @Option(
            names = "--calibrate",
            paramLabel = "DIR|FILE.npz",
            description = "with --dtype int8: typical inputs, on which the ranges of values are seen: a folder with"
                    + " input_N.pb or with such folders, or arrays called like the inputs; may be given again")
    List<Path> calibrate = List.of();

    @Option(
            names = "--clip",
            paramLabel = "none|entropy|P",
            description = "with --dtype int8: what of a range integers cover: all (the default), what tells most, or P"
                    + " per cent of the numbers, such as 99.99")
    @Nullable
    String clip;

    @Option(names = "--per-tensor", description = "with --dtype int8: one scale for all channels of weights")
    boolean perTensor;

    @Option(
            names = "--seven-bit-weights",
            description = "with --dtype int8: weights within ±63, for processors whose 8-bit products saturate in 16"
                    + " bits (x86 without VNNI in other runtimes)")
    boolean sevenBits;

    void requireSense(boolean isInt8, boolean typesOfInterface) {
        if (!isInt8 && (!calibrate.isEmpty() || clip != null || perTensor || sevenBits)) {
            throw new ModelException("--calibrate, --clip, --per-tensor and --seven-bit-weights say something of"
                    + " --dtype int8, which is not given");
        }
        if (isInt8 && typesOfInterface) {
            throw new ModelException("--io-dtype says nothing of --dtype int8: inputs and outputs keep their type");
        }
    }

    Int8 int8(List<String> keep) {
        Int8 all = Int8.products().keeping(keep.toArray(String[]::new));
        Int8 wide = perTensor ? all.perTensor() : all;
        Int8 narrow = sevenBits ? wide.withSevenBitWeights() : wide;
        return clip == null ? narrow : narrow.clipping(Clipping.parse(clip));
    }

    /// The typical inputs of `graph`.
    List<Map<String, Datum>> typical(Graph graph) throws IOException {
        List<Map<String, Datum>> sets = new ArrayList<>();
        for (Path path : calibrate) {
            if (Files.isRegularFile(path)) {
                sets.add(arrays(graph, path));
            } else if (Files.isDirectory(path)) {
                for (Path folder : folders(path)) {
                    sets.add(new DataSet(folder).inputs(graph));
                }
            } else {
                throw new ModelException("--calibrate " + path + ": there is no such folder or file");
            }
        }
        return sets;
    }

    private static List<Path> folders(Path path) throws IOException {
        if (Files.exists(path.resolve("input_0.pb"))) {
            return List.of(path);
        }
        try (Stream<Path> entries = Files.list(path)) {
            List<Path> folders = entries.filter(p -> Files.exists(p.resolve("input_0.pb")))
                    .sorted()
                    .toList();
            if (folders.isEmpty()) {
                throw new ModelException("--calibrate " + path + ": neither it nor a folder in it holds an input_0.pb");
            }
            return folders;
        }
    }

    private static Map<String, Datum> arrays(Graph graph, Path file) {
        Map<String, Tensor> arrays = NpzFile.read(file);
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            Tensor t = arrays.get(v.name());
            if (t == null) {
                throw new ModelException("--calibrate " + file + ": has no array \"" + v.name() + "\"; it holds "
                        + String.join(", ", arrays.keySet()));
            }
            inputs.put(v.name(), t);
        }
        return inputs;
    }
}
