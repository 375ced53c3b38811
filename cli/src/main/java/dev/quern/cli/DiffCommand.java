package dev.quern.cli;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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

/// `quern diff`.
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = "Shows where two models differ, in their structure and in the values of their nodes, the first"
                + " differing node first.")
final class DiffCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "A", description = "an ONNX file")
    Path first = Path.of("");

    @Parameters(index = "1", paramLabel = "B", description = "another one")
    Path second = Path.of("");

    @Option(names = "--data", paramLabel = "DIR", description = "folder with input_N.pb; else inputs are drawn by seed")
    @Nullable
    Path data;

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input to be drawn")
    List<String> shapes = List.of();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Override
    public Integer call() {
        try (Model a = Model.load(first, backend.toModelOptions());
                Model b = Model.load(second, backend.toModelOptions())) {
            List<String> differences = new ArrayList<>(structure(a.graph(), b.graph()));
            differences.addAll(values(a, b));
            differences.forEach(System.out::println);
            if (differences.isEmpty()) {
                System.out.println("no difference");
            }
            return differences.isEmpty() ? 0 : Main.CHECK_FAILED;
        }
    }

    private static List<String> structure(Graph a, Graph b) {
        List<String> found = new ArrayList<>();
        List<String> inputsA = a.inputs().stream().map(Value::toString).toList();
        List<String> inputsB = b.inputs().stream().map(Value::toString).toList();
        if (!inputsA.equals(inputsB)) {
            found.add("inputs: " + inputsA + " against " + inputsB);
        }
        if (!a.outputNames().equals(b.outputNames())) {
            found.add("outputs: " + a.outputNames() + " against " + b.outputNames());
        }
        int common = Math.min(a.nodes().size(), b.nodes().size());
        for (int i = 0; i < common; i++) {
            if (!a.nodes().get(i).op().name().equals(b.nodes().get(i).op().name())) {
                found.add("first other node: " + a.nodes().get(i).title() + " against "
                        + b.nodes().get(i).title());
                break;
            }
        }
        if (a.nodes().size() != b.nodes().size()) {
            found.add("nodes: " + a.nodes().size() + " against " + b.nodes().size());
        }
        return found;
    }

    private List<String> values(Model a, Model b) {
        Map<String, Datum> inputs = inputs(a.graph());
        Map<String, Datum> seen = new LinkedHashMap<>();
        Map<String, String> makers = new HashMap<>();
        a.trace(inputs, (v, d) -> {
            seen.put(v.name(), d);
            makers.put(v.name(), v.producer().map(n -> n.title()).orElse("input"));
        });
        List<String> found = new ArrayList<>();
        b.trace(inputs, (v, d) -> {
            Datum other = seen.get(v.name());
            Optional<String> difference = other == null ? Optional.empty() : Tolerance.VERIFY.difference(other, d);
            difference.ifPresent(t -> found.add(makers.get(v.name()) + " → %" + v.name() + ": " + t));
        });
        return found;
    }

    private Map<String, Datum> inputs(Graph graph) {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        if (data != null) {
            inputs.putAll(new DataSet(data).inputs(graph));
        }
        Map<String, Tensor> drawn =
                new SampleInputs(SampleInputs.parse(graph, shapes), 0).missing(graph, inputs.keySet());
        inputs.putAll(drawn);
        return inputs;
    }
}
