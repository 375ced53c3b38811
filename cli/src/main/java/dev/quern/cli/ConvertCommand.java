package dev.quern.cli;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.rewrite.Passes;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.SampleInputs;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
        description = "Writes a model anew at a current opset, whatever opset it was of; weights that lie in files of"
                + " their own come along.")
final class ConvertCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IN", description = "an ONNX file")
    Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "the file to write")
    Path out = Path.of("");

    @Option(names = "--simplify", description = "apply what is applied before a model runs: rules, constant folding")
    boolean simplify;

    @Option(
            names = "--shape",
            paramLabel = "NAME=1x3x224x224",
            description = "fix the extents of an input, and of all that are named like its dims")
    List<String> shapes = List.of();

    @Option(
            names = "--external",
            paramLabel = "FILE",
            description = "put the larger weights into a file of this name beside OUT")
    @Nullable
    String external;

    @Option(
            names = "--opset",
            paramLabel = "N",
            description = "write operators of this version of ai.onnx, 7 or newer; without it a current one")
    @Nullable
    Integer opset;

    @Mixin
    JsonOutput json = new JsonOutput();

    @Override
    public Integer call() throws java.io.IOException {
        ModelFormat.Loaded read = Model.read(in);
        Graph graph = fixed(read.graph());
        Graph result = simplify ? Passes.forInference(graph) : graph;
        SaveOptions current = SaveOptions.defaults().with(SaveOptions.Form.REWRITE);
        SaveOptions options = opset == null ? current : current.withOpset(opset);
        Model.write(
                new ModelFormat.Loaded(result, read.info(), read.source()),
                out,
                external == null ? options : options.withWeightsFile(external));
        ModelFormat.Loaded written = Model.read(out);
        Map<String, Object> facts = new java.util.LinkedHashMap<>();
        facts.put("nodes", written.graph().nodes().size());
        facts.put("nodes_before", read.graph().nodes().size());
        facts.put("opset", written.info().opsets());
        json.write(facts);
        if (!json.ownsStdout()) {
            System.out.println(out + ": " + facts);
        }
        return 0;
    }

    /// The same graph with the extents that were asked for, in place of symbols too.
    private Graph fixed(Graph graph) {
        Map<String, long[]> given = SampleInputs.parse(graph, shapes);
        if (given.isEmpty()) {
            return graph;
        }
        Map<String, Long> symbols = new HashMap<>();
        for (Value v : graph.inputs()) {
            if (given.containsKey(v.name())) {
                collect(v, given.getOrDefault(v.name(), new long[0]), symbols);
            }
        }
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        for (Value v : graph.inputs()) {
            long[] extents = given.get(v.name());
            Type type = v.type() instanceof TensorType(var dtype, Shape shape) && shape.isRanked()
                    ? Type.tensor(dtype, extents == null ? bound(shape, symbols) : Shape.of(extents))
                    : v.type();
            to.put(v, g.input(v.name(), type));
        }
        g.inline(graph, to);
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }

    private static void collect(Value input, long[] extents, Map<String, Long> symbols) {
        List<Dim> dims = input.shape().dims();
        for (int i = 0; i < dims.size(); i++) {
            if (dims.get(i) instanceof Dim.Symbol(String name)) {
                Long before = symbols.putIfAbsent(name, extents[i]);
                if (before != null && before != extents[i]) {
                    throw new ModelException("dim " + name + " cannot be both " + before + " and " + extents[i]);
                }
            }
        }
    }

    private static Shape bound(Shape shape, Map<String, Long> symbols) {
        return shape.map(d -> d instanceof Dim.Symbol(String name) && symbols.containsKey(name)
                ? Dim.of(symbols.getOrDefault(name, 0L))
                : d);
    }
}
