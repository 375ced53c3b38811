package dev.quern.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Example;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.onnx.UnwritableGraphException;
import dev.quern.op.Casting;
import dev.quern.op.MaxRoiPoolMaxima;
import dev.quern.op.RoiAlignGradient;
import dev.quern.op.RoiMaxima;
import dev.quern.op.TreeEnsemble;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each example of each operator, as a graph of one node, written and read again, gives the same values and
/// types.
final class WrittenOperatorsTest {
    @TempDir
    Path folder;

    static List<Example> examples() {
        return OperatorExamples.all().stream().filter(e -> !hasNoForm(e.op())).toList();
    }

    /// What ONNX has no way to say: a cast to f8e8m0 by the rules of expressions, and where regions of images look.
    private static boolean hasNoForm(Op op) {
        return op.equals(new Casting.Cast(DType.F8E8M0))
                || op instanceof RoiAlignGradient
                || op instanceof RoiMaxima
                || op instanceof MaxRoiPoolMaxima;
    }

    static List<Example> withoutForm() {
        return OperatorExamples.all().stream().filter(e -> hasNoForm(e.op())).toList();
    }

    @ParameterizedTest
    @MethodSource("withoutForm")
    void isRefusedByName(Example example) {
        Graph graph = graph(example, new ArrayList<>());
        assertThatExceptionOfType(UnwritableGraphException.class)
                .isThrownBy(() -> Rewriting.through(graph, folder.resolve("model.onnx")))
                .withMessageContaining("node " + example.op().name() + " \"node\" (ai.onnx): ");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void sameValues(Example example) {
        List<Datum> given = new ArrayList<>();
        Graph graph = graph(example, given);
        Graph read = Rewriting.through(graph, folder.resolve("model.onnx")).graph();
        assertThat(read.outputNames()).isEqualTo(graph.outputNames());
        assertThat(read.inputs().stream().map(Value::name))
                .isEqualTo(graph.inputs().stream().map(Value::name).toList());
        List<Datum> expected = new Evaluator().run(graph, given);
        List<Datum> actual = new Evaluator().run(read, given);
        assertThat(Closeness.first(expected, actual)).as(read.toString()).isEmpty();
    }

    /// Adjoints of windows need to know how far these reached.
    private static final Set<String> NEED_EXTENTS = Set.of(
            "AveragePoolGradient",
            "CausalConvWithState",
            "ConvInputGradient",
            "ConvTransposeWeightGradient",
            "ConvWeightGradient",
            "ResizeGradient");

    @ParameterizedTest
    @MethodSource("examples")
    void sameValuesWhereOnlyRanksAreKnown(Example example) {
        List<Datum> given = new ArrayList<>();
        Graph graph = withoutExtents(graph(example, given));
        Path file = folder.resolve("model.onnx");
        if (NEED_EXTENTS.contains(example.op().name())) {
            assertThatExceptionOfType(UnwritableGraphException.class)
                    .isThrownBy(() -> Rewriting.through(graph, file))
                    .withMessageContaining("node " + example.op().name() + " \"node\" (ai.onnx): ")
                    .withMessageMatching("(?s).* must (be|have) .*");
            return;
        }
        Graph read = Rewriting.through(graph, file).graph();
        List<Datum> expected = new Evaluator().run(graph, given);
        assertThat(Closeness.first(expected, new Evaluator().run(read, given)))
                .as(read.toString())
                .isEmpty();
    }

    private static Graph withoutExtents(Graph graph) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        for (Value v : graph.inputs()) {
            to.put(v, g.input(v.name(), Type.tensor(v.dtype(), Shape.ofRank(v.rank()))));
        }
        g.inline(graph, to);
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }

    /// One node; operands that are no constants are inputs, whose values are added to `given`.
    static Graph graph(Example example, List<Datum> given) {
        GraphBuilder g = new GraphBuilder("example");
        List<Value> operands = new ArrayList<>();
        for (int i = 0; i < example.operands().size(); i++) {
            Example.Operand o = example.operands().get(i);
            Datum value = o.draw(41 + i);
            // the weights of trees are attributes in ONNX
            if (o.constant() || example.op() instanceof TreeEnsemble && i == 1) {
                operands.add(g.constant(value.asTensor()));
            } else {
                operands.add(g.input("x" + i, Type.tensor(o.dtype(), o.shape())));
                given.add(value);
            }
        }
        List<Value> results = g.at("node").apply(example.op(), operands);
        for (int i = 0; i < results.size(); i++) {
            g.output("y" + i, results.get(i));
        }
        return g.build();
    }
}
