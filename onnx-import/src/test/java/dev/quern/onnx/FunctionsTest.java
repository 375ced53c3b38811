package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.Extras;
import dev.quern.onnx.proto.FunctionProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls of functions: what they become and what is refused. Results are among the recorded cases (`fixtures/cases`).
class FunctionsTest {
    private static NodeProto node(String domain, String op, List<String> in, String out) {
        return NodeProto.of(domain, op, "n_" + out, in, List.of(out), List.of());
    }

    private static FunctionProto function(String name, NodeProto... nodes) {
        return new FunctionProto(
                name,
                List.of("a"),
                List.of("b"),
                List.of(),
                List.of(nodes),
                "",
                List.of(new OperatorSetIdProto("", 17)),
                "here",
                List.of(),
                List.of(),
                "",
                List.of(),
                Extras.NONE);
    }

    private static dev.quern.graph.Graph load(List<FunctionProto> functions, NodeProto... nodes) {
        TypeProto type = TypeProto.tensor(DataType.FLOAT, TensorShapeProto.of(List.of()));
        GraphProto graph = GraphProto.of(
                "g",
                List.of(nodes),
                List.of(),
                List.of(ValueInfoProto.of("x", type)),
                List.of(ValueInfoProto.of("y", type)));
        ModelProto model = ModelProto.of(
                        8,
                        "test",
                        "",
                        graph,
                        List.of(new OperatorSetIdProto("", 17), new OperatorSetIdProto("here", 1)))
                .withFunctions(functions);
        return new OnnxFormat().load(OnnxWriter.toBytes(model)).graph();
    }

    @Test
    void nodesOfACallNameIt() {
        var twice = function("twice", node("", "Add", List.of("a", "a"), "b"));
        var graph = load(
                List.of(twice), node("here", "twice", List.of("x"), "m"), node("here", "twice", List.of("m"), "y"));
        assertThat(graph.nodes().stream()
                        .map(n -> n.op().name() + " " + n.origins().getFirst()))
                .containsExactly("Add n_m/n_b", "Add n_y/n_b");
    }

    @Test
    void goBeforeOperatorsOfTheSameName() {
        var neg = function("Neg", node("", "Abs", List.of("a"), "b"));
        FunctionProto standard = new FunctionProto(
                "Neg",
                neg.inputs(),
                neg.outputs(),
                List.of(),
                neg.nodes(),
                "",
                neg.opsetImports(),
                "",
                List.of(),
                List.of(),
                "",
                List.of(),
                Extras.NONE);
        assertThat(load(List.of(standard), node("", "Neg", List.of("x"), "y")).nodes())
                .singleElement()
                .satisfies(n -> assertThat(n.op().name()).isEqualTo("Abs"));
    }

    @Test
    void refuseToCallThemselves() {
        var f = function("f", node("here", "g", List.of("a"), "b"));
        var g = function("g", node("here", "f", List.of("a"), "b"));
        assertThatThrownBy(() -> load(List.of(f, g), node("here", "f", List.of("x"), "y")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("function f calls itself");
    }

    @Test
    void refuseTooManyOperands() {
        var f = function("f", node("", "Neg", List.of("a"), "b"));
        assertThatThrownBy(() -> load(List.of(f), node("here", "f", List.of("x", "x"), "y")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("node \"n_y\": function f takes 1 operands, not 2");
    }

    /// Each function calls the one before twice: a small file that would be 2^40 nodes.
    @Test
    void refuseToGrowWithoutBound() {
        List<FunctionProto> functions = new ArrayList<>();
        functions.add(function("f0", node("", "Neg", List.of("a"), "b")));
        for (int i = 1; i <= 40; i++) {
            String before = "f" + (i - 1);
            functions.add(function(
                    "f" + i, node("here", before, List.of("a"), "m"), node("here", before, List.of("m"), "b")));
        }
        assertThatThrownBy(() -> load(functions, node("here", "f40", List.of("x"), "y")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("calls of functions become more than");
    }
}
