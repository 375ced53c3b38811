package dev.quern.cli;

import dev.quern.convert.ModelDiff;
import dev.quern.graph.Graph;
import dev.quern.session.Model;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Datum;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern diff`.
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = "Shows where two models differ, in their structure and in the values of their nodes, the first"
                + " differing node first. Values are matched by name, so a model can be compared with what quern convert"
                + " made of it.",
        footer = {"", "Exit status: 0 no difference, 1 differences, 2 wrong usage or unreadable input."})
final class DiffCommand implements Callable<Integer> {
    private static final int VALUES_SHOWN = 20;

    @Parameters(index = "0", paramLabel = "A", description = "an ONNX file")
    Path first = Path.of("");

    @Parameters(index = "1", paramLabel = "B", description = "another one")
    Path second = Path.of("");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "folder with input_N.pb; may be given again; without it inputs are drawn by seed")
    List<Path> data = List.of();

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input to be drawn")
    List<String> shapes = List.of();

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description = "what counts as equal, as a share of a value's largest magnitude; by default 0.0001, of f16"
                    + " 0.01, of bf16 0.04")
    @Nullable
    Double tolerance;

    @Option(names = "--values", description = "compare values only, not the structure")
    boolean onlyValues;

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    JsonOutput json = new JsonOutput();

    @Override
    public Integer call() throws IOException {
        try (Model a = Model.load(first, backend.toModelOptions());
                Model b = Model.load(second, backend.toModelOptions())) {
            OptionalDouble most = tolerance == null ? OptionalDouble.empty() : OptionalDouble.of(tolerance);
            ModelDiff diff = ModelDiff.of(a, b, inputs(a.graph()), most);
            List<String> structure = onlyValues ? List.of() : diff.structure();
            json.write(facts(diff, structure));
            if (!json.ownsStdout()) {
                print(diff, structure);
            }
            return structure.isEmpty() && diff.values().isEmpty() ? 0 : Main.CHECK_FAILED;
        }
    }

    private static Map<String, Object> facts(ModelDiff diff, List<String> structure) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("structure", structure);
        facts.put("compared", diff.compared());
        facts.put(
                "values",
                diff.values().stream()
                        .map(v -> Map.of(
                                "node", v.node(),
                                "value", v.value(),
                                "set", v.set(),
                                "max_error", v.difference().absolute(),
                                "max_error_of_scale", v.difference().ofScale()))
                        .toList());
        return facts;
    }

    private static void print(ModelDiff diff, List<String> structure) {
        structure.forEach(System.out::println);
        diff.values().stream().limit(VALUES_SHOWN).map(DiffCommand::line).forEach(System.out::println);
        int more = diff.values().size() - VALUES_SHOWN;
        if (more > 0) {
            System.out.println("and " + more + " more");
        }
        System.out.println(
                structure.isEmpty() && diff.values().isEmpty()
                        ? "no difference"
                        : diff.values().size() + " of " + diff.compared() + " values differ");
    }

    private static String line(ModelDiff.OfValue v) {
        return v.node() + " → %" + v.value() + ": |Δ| up to "
                + ConversionText.number(v.difference().absolute()) + ", "
                + ConversionText.number(v.difference().ofScale()) + " of scale, set " + v.set();
    }

    private List<Map<String, Datum>> inputs(Graph graph) {
        List<Map<String, Datum>> sets = new ArrayList<>();
        for (Path folder : data) {
            sets.add(completed(graph, new DataSet(folder).inputs(graph)));
        }
        return sets.isEmpty() ? List.of(completed(graph, Map.of())) : sets;
    }

    private Map<String, Datum> completed(Graph graph, Map<String, Datum> given) {
        Map<String, Datum> inputs = new LinkedHashMap<>(given);
        inputs.putAll(new SampleInputs(SampleInputs.parse(graph, shapes), 0).missing(graph, given.keySet()));
        return inputs;
    }
}
