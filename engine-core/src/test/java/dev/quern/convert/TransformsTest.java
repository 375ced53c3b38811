package dev.quern.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a model takes and gives, changed.
final class TransformsTest {

    /// y = relu(x + z), w = exp(relu).
    private static Graph graph() {
        GraphBuilder g = new GraphBuilder("g");
        Shape shape = Shape.of(Dim.symbol("N"), Dim.of(3));
        Value x = g.input("x", Type.tensor(DType.F32, shape));
        Value z = g.input("z", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.symbol("K"))));
        Value sum =
                g.at("add").apply(Arithmetic.ADD, List.of(x, z), List.of("sum")).getFirst();
        Value y = g.at("relu")
                .apply(Activations.RELU, List.of(sum), List.of("mid"))
                .getFirst();
        g.output("y", y);
        g.output("w", g.at("exp").apply(Arithmetic.EXP, y));
        return g.build();
    }

    private static String types(Graph g) {
        return Verifier.verify(g).inputs() + " → "
                + g.outputs().stream().map(Value::type).toList();
    }

    @Test
    void shapesAndWhatIsNamedLikeThem() {
        assertThat(types(FixShapes.parse(graph(), List.of("x=5x3")).apply(graph())))
                .isEqualTo("[%x: f32[5,3], %z: f32[5,K]] → [f32[5,3], f32[5,3]]");
        assertThat(types(FixShapes.parse(graph(), List.of("z=batch,max_len")).apply(graph())))
                .isEqualTo("[%x: f32[batch,3], %z: f32[batch,max_len]] → [f32[batch,3], f32[batch,3]]");
        assertThat(types(FixShapes.parse(graph(), List.of("x=Nx3", "z=Nx1")).apply(graph())))
                .startsWith("[%x: f32[N,3], %z: f32[N,1]]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "y=1x3 | the model has no input \"y\"; it has [x, z]",
                "x=1x3x4 | must have 2 dims, not 3",
                "x=1x-3 | a dim is a whole number or a name",
                "1x3 | say NAME=1x3",
                "x=2x3 z=4x3 | dim N cannot be both"
            })
    void wrongShapes(String texts, String message) {
        assertThatThrownBy(() ->
                        FixShapes.parse(graph(), List.of(texts.split(" "))).apply(graph()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }

    @Test
    void dimsRenamed() {
        assertThat(types(new RenameDims(Map.of("N", "batch", "K", "1")).apply(graph())))
                .isEqualTo("[%x: f32[batch,3], %z: f32[batch,1]] → [f32[batch,3], f32[batch,3]]");
        assertThatThrownBy(() -> new RenameDims(Map.of("M", "batch")).apply(graph()))
                .hasMessageContaining("no symbolic dim \"M\"");
        assertThatThrownBy(() -> new RenameDims(Map.of("N", "K")).apply(graph()))
                .hasMessageContaining("another dim has that name");
    }

    @Test
    void inputsAndOutputsRenamed() {
        RenameValues swap = new RenameValues(Map.of("x", "z", "z", "x", "y", "scores"));
        Graph renamed = Verifier.verify(swap.apply(graph()));
        assertThat(renamed.inputs().stream().map(Value::name)).containsExactly("z", "x");
        assertThat(renamed.outputNames()).containsExactly("scores", "w");
        assertThat(swap.inputs(graph(), Map.of("x", Tensor.scalar(DType.F32, 1.0))))
                .containsOnlyKeys("z");
        assertThatThrownBy(() -> new RenameValues(Map.of("q", "p")).apply(graph()))
                .hasMessageContaining("no input or output \"q\"");
        assertThatThrownBy(() -> new RenameValues(Map.of("x", "z")).apply(graph()))
                .hasMessageContaining("two inputs cannot both be called \"z\"");
    }

    @Test
    void aPart() {
        Extract part = Extract.parse("sum:mid");
        Graph extracted = Verifier.verify(part.apply(graph()));
        assertThat(extracted.toString()).contains("Relu").doesNotContain("Exp").doesNotContain("Add");
        assertThat(types(extracted)).isEqualTo("[%sum: f32[N,3]] → [f32[N,3]]");
        Map<String, Datum> in = part.inputs(
                graph(),
                Map.of("x", Tensor.of(new float[] {1, 2, 3}, 1, 3), "z", Tensor.of(new float[] {4, 4, 4}, 1, 3)));
        assertThat(in.get("sum").asTensor().toFloats()).containsExactly(5, 6, 7);
    }

    @Test
    void aPartFromTheInputsOn() {
        Graph extracted = Extract.parse(":sum").apply(graph());
        assertThat(extracted.inputs().stream().map(Value::name)).containsExactly("x", "z");
        assertThat(extracted.nodes()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x:mid | depend on input \"z\" as well",
                "summ:mid | did you mean sum",
                "sum:nothing_like_it | no value \"nothing_like_it\"",
                "sum | say IN1,IN2:OUT1,OUT2",
                "sum: | at least one output"
            })
    void partsThatAreNone(String text, String message) {
        assertThatThrownBy(() -> Extract.parse(text).apply(graph()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }

    @Test
    void colonsOfTensorFlowsNames() {
        assertThat(Extract.parse("in:0,b:1:out:0")).isEqualTo(new Extract(List.of("in:0", "b:1"), List.of("out:0")));
    }

    @Test
    void namesForgotten() {
        Graph bare = Verifier.verify(new StripNames().apply(graph()));
        assertThat(bare.nodes()).allMatch(n -> n.origins().isEmpty());
        assertThat(bare.toString()).doesNotContain("sum").doesNotContain("mid");
        assertThat(types(bare)).isEqualTo(types(graph()));
    }

    @Test
    void oneAfterAnother() {
        Transform both = new RenameDims(Map.of("N", "2")).then(Extract.parse(":mid"));
        assertThat(types(both.apply(graph()))).endsWith("→ [f32[2,3]]");
        assertThat(both.changesValues()).isFalse();
        assertThat(both.then(new Simplify()).changesValues()).isTrue();
    }
}
