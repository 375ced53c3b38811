package dev.quern.cli;

import dev.quern.convert.Accuracy;
import dev.quern.convert.Conversion;
import dev.quern.convert.ConversionReport;
import dev.quern.convert.Extract;
import dev.quern.convert.FixShapes;
import dev.quern.convert.Precision;
import dev.quern.convert.RenameDims;
import dev.quern.convert.RenameValues;
import dev.quern.convert.Simplify;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern convert`.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Writes a model anew: at another opset, simpler, in another precision, with other shapes and"
                + " names, or a part of it. OUT may be IN. Functions of the file are inlined, weights in files of their"
                + " own come along. Where values may change, or with --data, the result is compared with the original.",
        footer = {
            "",
            "Examples:",
            "  quern convert m.onnx small.onnx --simplify --shape x=1x3x224x224",
            "  quern convert m.onnx half.onnx --dtype f16 --keep-f32 'head*' --data set0 --tolerance 0.01",
            "  quern convert m.onnx small.onnx --dtype int8 --calibrate typical/ --data set0",
            "  quern convert m.onnx old.onnx --opset 13",
            "  quern convert m.onnx batch.onnx --shape x=Nx3x224x224 --rename out=scores",
            "  quern convert m.onnx trunk.onnx --extract x:/layer4/Relu_output_0",
            "  quern convert big.onnx big.onnx --external big.weights",
            "",
            "Exit status: 0 done, 1 done but beyond --tolerance, 2 not done."
        })
final class ConvertCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IN", description = "an ONNX file")
    Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "the file to write, whole or not at all")
    Path out = Path.of("");

    @Option(
            names = "--opset",
            paramLabel = "N",
            description = "write operators of this version of ai.onnx, 7 or newer; without it a current one")
    @Nullable
    Integer opset;

    @Option(
            names = "--simplify",
            description = "compute what is constant, leave out what does nothing, take BatchNormalization and scales"
                    + " into weights; never makes a model larger")
    boolean simplify;

    @Option(
            names = "--dtype",
            paramLabel = "T",
            description = "compute in f16, bf16, f32 or f64; nodes that cannot keep their type; int8: products and"
                    + " convolutions on integers, needs --calibrate")
    @Nullable
    String dtype;

    @Option(
            names = "--keep-f32",
            paramLabel = "GLOB",
            description = "with --dtype: nodes, by name or operator, that keep their type")
    List<String> keep = List.of();

    @Option(
            names = "--io-dtype",
            paramLabel = "keep|same",
            description =
                    "with --dtype: whether inputs and outputs keep their type or get the same; keep is the default"
                            + " for f16 and bf16, same for f32 and f64")
    @Nullable
    String interfaceType;

    @Mixin
    QuantizationOptions quantization = new QuantizationOptions();

    @Option(names = "--extract", paramLabel = "IN1,IN2:OUT1,OUT2", description = "only the part between these values")
    @Nullable
    String extract;

    @Option(
            names = "--shape",
            paramLabel = "NAME=1x3x224x224",
            description =
                    "the dims of an input; a letter is a symbol (Nx3x224x224), and what is named like its old dims"
                            + " follows")
    List<String> shapes = List.of();

    @Option(
            names = "--rename-dim",
            paramLabel = "OLD=NEW",
            description = "another name for a symbolic dim; a number fixes it")
    Map<String, String> dims = Map.of();

    @Option(names = "--rename", paramLabel = "OLD=NEW", description = "another name for an input or output")
    Map<String, String> names = Map.of();

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            mapFallbackValue = "",
            description = "set metadata; without =VALUE an entry is taken away")
    Map<String, String> metadata = Map.of();

    @Option(
            names = "--strip",
            description = "drop metadata, documentation, producer, and names of nodes and inner values")
    boolean strip;

    @Option(
            names = "--external",
            paramLabel = "FILE",
            description = "put the larger weights into a file of this name beside OUT; past 2 GB that is done anyway")
    @Nullable
    String external;

    @Option(names = "--inline", description = "keep all weights in OUT itself; this is the default up to 2 GB")
    boolean inline;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "a folder with input_N.pb to look at values and to compare on; may be given again")
    List<Path> data = List.of();

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description = "exit 1 if an output is further from the original than this share of its largest magnitude")
    @Nullable
    Double tolerance;

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    JsonOutput json = new JsonOutput();

    @Override
    public Integer call() throws IOException {
        requireSense();
        ConversionReport report = converted();
        ConversionText text = new ConversionText(report);
        json.write(text.facts());
        if (!json.ownsStdout()) {
            text.lines().forEach(System.out::println);
        }
        return verdict(report);
    }

    private ConversionReport converted() throws IOException {
        Conversion conversion = Conversion.of(in);
        List<Map<String, Datum>> sets = new ArrayList<>();
        for (Path folder : data) {
            if (!Files.isDirectory(folder)) {
                throw new ModelException("--data " + folder + ": there is no such folder");
            }
            sets.add(new DataSet(folder).inputs(conversion.graph()));
        }
        conversion.running(backend.toModelOptions()).on(sets);
        conversion.calibratedOn(quantization.typical(conversion.graph()));
        steps(conversion);
        try (StageBar bar = new StageBar(
                "converting", Conversion.STAGES, conversion.contents().bytes())) {
            return conversion.watchedBy(bar::show).write(out);
        }
    }

    private void steps(Conversion conversion) {
        if (opset != null) {
            conversion.opset(opset);
        }
        if (external != null) {
            conversion.weightsFile(external);
        }
        if (extract != null) {
            conversion.with(Extract.parse(extract));
        }
        if (!shapes.isEmpty()) {
            conversion.with(FixShapes.parse(conversion.graph(), shapes));
        }
        if (!dims.isEmpty()) {
            conversion.with(new RenameDims(dims));
        }
        if (!names.isEmpty()) {
            conversion.with(new RenameValues(names));
        }
        if (simplify) {
            conversion.with(new Simplify());
        }
        if (isInt8()) {
            conversion.with(quantization.int8(keep));
        } else if (dtype != null) {
            conversion.with(precision(dtype));
        }
        if (strip) {
            conversion.stripped();
        }
        conversion.metadata(new LinkedHashMap<>(metadata));
    }

    private boolean isInt8() {
        return "int8".equals(dtype);
    }

    private Precision precision(String name) {
        DType type = Arrays.stream(DType.values())
                .filter(d -> d.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new ModelException("--dtype is f16, bf16, f32, f64 or int8, not " + name));
        Precision precision = Precision.of(type).keeping(keep.toArray(String[]::new));
        return interfaceType == null ? precision : precision.withInterface(interfaceType.equals("same"));
    }

    private void requireSense() {
        if (external != null && inline) {
            throw new ModelException("--external and --inline exclude each other");
        }
        if (dtype == null && (!keep.isEmpty() || interfaceType != null)) {
            throw new ModelException("--keep-f32 and --io-dtype say something of --dtype, which is not given");
        }
        quantization.requireSense(isInt8(), interfaceType != null);
        if (interfaceType != null && !List.of("keep", "same").contains(interfaceType)) {
            throw new ModelException("--io-dtype is keep or same, not " + interfaceType);
        }
        if (tolerance != null && !(tolerance >= 0)) {
            throw new ModelException("--tolerance must be at least 0, not " + tolerance);
        }
    }

    private int verdict(ConversionReport report) {
        if (tolerance == null) {
            return 0;
        }
        Optional<Accuracy> accuracy = report.accuracy();
        if (accuracy.isPresent() && accuracy.get().worst() > tolerance) {
            System.err.println("quern: an output is "
                    + ConversionText.number(accuracy.get().worst())
                    + " of its scale from the original, more than --tolerance " + tolerance);
            return Main.CHECK_FAILED;
        }
        return 0;
    }
}
