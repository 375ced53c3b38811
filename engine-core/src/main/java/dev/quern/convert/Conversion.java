package dev.quern.convert;

import dev.quern.backend.RunException;
import dev.quern.compile.UnsupportedModelException;
import dev.quern.graph.Graph;
import dev.quern.session.Model;
import dev.quern.session.ModelContents;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.ModelOptions;
import dev.quern.session.SampleInputs;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads a model, changes it step by step, writes it, and says how far the result is from the original.
///
/// {@snippet :
/// ConversionReport report = Conversion.of(Path.of("digits.onnx"))
///         .with(new Simplify())
///         .with(Precision.of(DType.F16))
///         .write(Path.of("digits-f16.onnx"));
/// }
///
/// The steps are applied in the order given when the model is written. Where one of them may change values, or where
/// there is data, the file that was written is loaded and compared with the original. Not thread-safe.
public final class Conversion {
    /// How many stages a conversion has at most, see [#watchedBy].
    public static final int STAGES = 3;

    private static final long SEED = 0;

    /// Bytes of a model beyond which its weights decide whether it grows, and they do not: writing it twice is
    /// spared.
    private static final long MOST_TRIED = 1L << 30;

    private final ModelFormat.Loaded read;
    private final List<Step> steps = new ArrayList<>();
    private final List<Map<String, Datum>> data = new ArrayList<>();
    private final List<Map<String, Datum>> typical = new ArrayList<>();
    private ModelInfo info;
    private SaveOptions saving = SaveOptions.defaults().with(SaveOptions.Form.REWRITE);
    private ModelOptions running = ModelOptions.defaults();
    private Consumer<String> progress = stage -> {};

    /// Whether all that was asked for is a smaller file: then it stays as it was where it would become larger.
    private boolean onlySimplifies = true;

    /// A step, which may depend on what values are seen where.
    private interface Step {
        Transform on(Graph graph, Sets sets);
    }

    /// Inputs to compare on, and typical ones to see values on, as the steps so far have made them.
    private record Sets(List<Map<String, Datum>> compared, List<Map<String, Datum>> typical) {
        Sets through(Transform step, Graph before) {
            return new Sets(
                    compared.stream().map(in -> step.inputs(before, in)).toList(),
                    typical.stream().map(in -> step.inputs(before, in)).toList());
        }
    }

    private Conversion(ModelFormat.Loaded read) {
        this.read = read;
        this.info = read.info();
    }

    /// Reads the model that is to be converted; it may have operators that cannot run.
    ///
    /// @throws ModelException where the file is missing, damaged or of no known format
    public static Conversion of(Path file) {
        return new Conversion(Model.read(file));
    }

    /// The graph as it was read.
    public Graph graph() {
        return read.graph();
    }

    /// What the file that was read holds.
    public ModelContents contents() {
        return read.contents();
    }

    /// Adds a step.
    public Conversion with(Transform transform) {
        onlySimplifies &= transform instanceof Simplify;
        steps.add((graph, sets) -> transform);
        return this;
    }

    /// Adds a change of precision, which looks at the values that the data leads to.
    public Conversion with(Precision precision) {
        onlySimplifies = false;
        steps.add((graph, sets) -> precision.transform(
                graph, sets.compared(), running, (op, types) -> read.source().takes(op, types, saving)));
        return this;
    }

    /// Adds quantisation, with ranges seen on the typical inputs. The graph is simplified first: a
    /// BatchNormalization that has gone into weights needs no integers of its own.
    public Conversion with(Int8 int8) {
        onlySimplifies = false;
        steps.add((graph, sets) -> new Simplify());
        steps.add((graph, sets) -> int8.transform(graph, sets.typical(), running));
        return this;
    }

    /// Typical inputs, by name: on them quantisation sees what ranges values have. Compared is on them too, unless
    /// there are others for that.
    public Conversion calibratedOn(List<? extends Map<String, ? extends Datum>> sets) {
        sets.forEach(s -> typical.add(new LinkedHashMap<>(s)));
        return this;
    }

    /// Inputs to compare on, by name; without any, inputs are drawn by seed where they are needed.
    public Conversion on(List<? extends Map<String, ? extends Datum>> sets) {
        sets.forEach(s -> data.add(new LinkedHashMap<>(s)));
        return this;
    }

    /// Sets metadata; an empty value takes an entry away.
    public Conversion metadata(Map<String, String> entries) {
        onlySimplifies &= entries.isEmpty();
        Map<String, String> all = new LinkedHashMap<>(info.metadata());
        all.putAll(entries);
        all.values().removeIf(String::isEmpty);
        info = new ModelInfo(info.producer(), info.opsets(), all);
        return this;
    }

    /// Drops metadata, the producer, and the names of nodes and of the values between them.
    public Conversion stripped() {
        info = new ModelInfo("", info.opsets(), Map.of());
        saving = saving.withoutNames();
        return with(new StripNames());
    }

    /// Writes at this version of the format's operator set; without it, at a current one.
    public Conversion opset(int version) {
        onlySimplifies = false;
        saving = saving.withOpset(version);
        return this;
    }

    /// Writes the larger weights into a file of this name beside the model; without it, into the model itself
    /// unless they pass 2 GB.
    public Conversion weightsFile(String name) {
        onlySimplifies = false;
        saving = saving.withWeightsFile(name);
        return this;
    }

    /// How models are run that are compared.
    public Conversion running(ModelOptions options) {
        running = options;
        return this;
    }

    /// Is told each stage as it begins.
    public Conversion watchedBy(Consumer<String> watcher) {
        progress = watcher;
        return this;
    }

    /// Applies the steps, writes the result and compares it. The file appears whole or not at all, and may be the
    /// one that was read. Where [Simplify] is all that was asked for, and what was read is smaller than what it
    /// would become, it is written as it was read.
    ///
    /// @throws ModelException where a step cannot be done or the file cannot be written
    public ConversionReport write(Path file) {
        progress.accept("converting");
        boolean changes = false;
        List<ConversionReport.Kept> kept = new ArrayList<>();
        Graph original = read.graph();
        Graph graph = read.graph();
        Sets sets = new Sets(data.isEmpty() ? typical : data, typical.isEmpty() ? data : typical);
        for (Step s : steps) {
            Transform step = s.on(graph, sets);
            Graph before = graph;
            sets = sets.through(step, before);
            graph = step.apply(before);
            // what the result is compared with takes and gives the same
            original = step.changesValues() ? original : step.apply(original);
            changes |= step.changesValues();
            kept.addAll(step.kept(before));
        }
        progress.accept("writing");
        ModelFormat.Loaded result = new ModelFormat.Loaded(graph, info, read.source(), read.contents());
        boolean isLeft = onlySimplifies && !steps.isEmpty() && wouldGrow(result, file);
        String left = isLeft ? "left as it was, written anew it would be larger; " : "";
        ModelContents after = isLeft
                ? Model.write(read, file, SaveOptions.defaults().with(SaveOptions.Form.PATCH))
                : Model.write(result, file, saving);
        if ((isLeft || !changes) && sets.compared().isEmpty()) {
            return new ConversionReport(read.contents(), after, kept, Optional.empty(), left + "values are unchanged");
        }
        if (needsMoreHeap(after)) {
            String remark = left + "not compared: two models of " + (after.bytes() >> 20)
                    + " MiB do not fit into this heap; give the JVM more (-Xmx)";
            return new ConversionReport(read.contents(), after, kept, Optional.empty(), remark);
        }
        progress.accept("comparing");
        try {
            Accuracy accuracy = compare(original, file, sets.compared());
            return new ConversionReport(read.contents(), after, kept, Optional.of(accuracy), left + remark(accuracy));
        } catch (UnsupportedModelException | ModelException | RunException | ShapeException e) {
            // what was drawn need not be what a model takes; data of the caller's must be
            if (!sets.compared().isEmpty() && !(e instanceof UnsupportedModelException)) {
                throw e;
            }
            String remark = "not compared, the original does not run on inputs drawn by seed: " + e.getMessage();
            return new ConversionReport(read.contents(), after, kept, Optional.empty(), remark);
        }
    }

    /// Whether running the original and the result at once, with weights and their packed forms, passes the heap.
    private boolean needsMoreHeap(ModelContents after) {
        return 2 * (read.contents().bytes() + after.bytes())
                > Runtime.getRuntime().maxMemory();
    }

    private boolean wouldGrow(ModelFormat.Loaded result, Path file) {
        if (read.contents().bytes() > MOST_TRIED) {
            return false;
        }
        try {
            Path trial = Files.createTempFile(file.toAbsolutePath().getParent(), file.getFileName() + ".", ".tmp");
            try {
                ModelContents after = Model.write(result, trial, saving);
                return after.nodes() > read.contents().nodes()
                        || after.bytes() > read.contents().bytes();
            } finally {
                Files.deleteIfExists(trial);
            }
        } catch (IOException e) {
            throw new ModelException("cannot write beside " + file + ": " + e.getMessage(), e);
        }
    }

    private static String remark(Accuracy accuracy) {
        return accuracy.drawn()
                ? "compared on inputs drawn by seed; with data of yours the figures mean more"
                : "compared on " + accuracy.sets() + (accuracy.sets() == 1 ? " set" : " sets") + " of inputs";
    }

    private Accuracy compare(Graph original, Path written, List<Map<String, Datum>> inputs) {
        List<Map<String, Datum>> sets = inputs.isEmpty() ? List.of(drawn(original)) : inputs;
        try (Model before = Model.of(original, running);
                Model after = Model.load(written, running)) {
            return Accuracy.of(before, after, sets, inputs.isEmpty());
        }
    }

    /// Inputs drawn by seed.
    ///
    /// @throws ModelException where an input cannot be drawn
    static Map<String, Datum> drawn(Graph graph) {
        return new LinkedHashMap<>(new SampleInputs(Map.of(), SEED).missing(graph, java.util.Set.of()));
    }
}
