package dev.quern.cli;

import dev.quern.compile.Partition;
import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.ModelFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern inspect`.
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Shows inputs, outputs, opset, producer, parameters and operators, and what cannot run or train.")
final class InspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "an ONNX file")
    Path model = Path.of("");

    @Option(names = "--graph", description = "print the whole graph")
    boolean graph;

    @Mixin
    JsonOutput json = new JsonOutput();

    @Override
    public Integer call() throws IOException {
        ModelFormat.Loaded loaded = Model.read(model);
        Map<String, Object> facts = facts(loaded);
        json.write(facts);
        if (!json.ownsStdout()) {
            print(facts);
        }
        if (graph) {
            System.out.println(loaded.graph());
        }
        return 0;
    }

    private static Map<String, Object> facts(ModelFormat.Loaded loaded) {
        Graph g = loaded.graph();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("opset", loaded.info().opsets());
        facts.put("producer", loaded.info().producer());
        facts.put("inputs", g.inputs().stream().map(v -> port(v.name(), v)).toList());
        List<Map<String, Object>> outputs = new ArrayList<>();
        for (int i = 0; i < g.outputs().size(); i++) {
            outputs.add(port(g.outputNames().get(i), g.outputs().get(i)));
        }
        facts.put("outputs", outputs);
        facts.put(
                "parameters",
                g.parameters().stream().mapToLong(v -> v.shape().elements()).sum());
        Map<String, Integer> histogram = new TreeMap<>();
        List<String> withoutGradient = new ArrayList<>();
        count(g, histogram, withoutGradient);
        facts.put("operators", histogram);
        facts.put("unsupported", Partition.missing(g));
        facts.put("no_gradient", withoutGradient);
        return facts;
    }

    private static Map<String, Object> port(String name, Value v) {
        Map<String, Object> port = new LinkedHashMap<>();
        port.put("name", name);
        port.put("type", v.type().toString());
        return port;
    }

    private static void count(Graph g, Map<String, Integer> histogram, List<String> withoutGradient) {
        for (Node n : g.nodes()) {
            String name =
                    n.op() instanceof OpaqueOp o && !o.domain().isEmpty() ? o.domain() + ":" + o.name() : n.op().name();
            histogram.merge(name, 1, Integer::sum);
            if (!n.op().isDifferentiable()) {
                withoutGradient.add(n.title());
            }
            if (n.op() instanceof HasBodies control) {
                control.bodies().forEach(b -> count(b, histogram, withoutGradient));
            }
        }
    }

    private static void print(Map<String, Object> facts) {
        facts.forEach((key, value) -> {
            if (value instanceof List<?> list) {
                System.out.println(key + (list.isEmpty() ? ": none" : ":"));
                list.forEach(e -> System.out.println("  " + line(e)));
            } else if (value instanceof Map<?, ?> map) {
                System.out.println(key + ":");
                map.forEach((k, v) -> System.out.println("  " + k + " " + v));
            } else {
                System.out.println(key + ": " + value);
            }
        });
    }

    private static String line(Object entry) {
        return entry instanceof Map<?, ?> port ? port.get("name") + ": " + port.get("type") : String.valueOf(entry);
    }
}
