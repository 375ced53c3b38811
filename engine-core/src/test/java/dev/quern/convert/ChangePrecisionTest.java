package dev.quern.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ControlFlow;
import dev.quern.op.Products;
import dev.quern.op.Shaping;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.Trees;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Where casts stand, and which nodes keep their type.
final class ChangePrecisionTest {
    private final GraphBuilder g = new GraphBuilder("g");
    private final Value x = g.input("x", Type.tensor(DType.F32, 2, 3));

    private Value matMul(Value v) {
        return g.at("fc").apply(new Products.MatMul(), v, g.parameter("w", Tensor.zeros(DType.F32, 3, 3)));
    }

    private static ChangePrecision change(Precision precision, Map<String, Double> magnitudes) {
        return new ChangePrecision(precision, magnitudes, Set.of(), (op, types) -> true);
    }

    private static String ops(Graph graph) {
        return String.join(
                " ",
                Verifier.verify(graph).nodes().stream()
                        .map(n -> n.op().name() + ":" + n.output(0).dtype())
                        .toList());
    }

    @Test
    void castsStandAtTheEndsOnly() {
        g.output("y", g.apply(Activations.RELU, matMul(x)));
        Graph graph = change(Precision.of(DType.F16), Map.of()).apply(g.build());
        assertThat(ops(graph)).isEqualTo("Cast:f16 MatMul:f16 Relu:f16 Cast:f32");
        assertThat(graph.parameters().getFirst().toString()).isEqualTo("%w: f16[3,3]");
        assertThat(graph.inputs().getFirst().dtype()).isEqualTo(DType.F32);
    }

    @Test
    void inputsAndOutputsToo() {
        g.output("y", matMul(x));
        Graph graph =
                change(Precision.of(DType.BF16).withInterface(true), Map.of()).apply(g.build());
        assertThat(ops(graph)).isEqualTo("MatMul:bf16");
        assertThat(graph.inputs().getFirst().dtype()).isEqualTo(DType.BF16);
    }

    @Test
    void islandsByName() {
        Value product = matMul(x);
        g.output("y", g.at("act").apply(Activations.RELU, product));
        ChangePrecision change = change(Precision.of(DType.F16).keeping("a?t"), Map.of());
        assertThat(ops(change.apply(g.build()))).isEqualTo("Cast:f16 MatMul:f16 Cast:f32 Relu:f32");
        assertThat(change.kept(g.build())).containsExactly(new ConversionReport.Kept("Relu \"act\"", "as asked"));
    }

    @Test
    void islandsByMagnitude() {
        Value large =
                g.apply(Arithmetic.EXP, List.of(matMul(x)), List.of("large")).getFirst();
        g.output("y", g.apply(Arithmetic.LOG, large));
        ChangePrecision change = change(Precision.of(DType.F16), Map.of("large", 4e4));
        assertThat(ops(change.apply(g.build()))).isEqualTo("Cast:f16 MatMul:f16 Cast:f32 Exp:f32 Log:f32");
        assertThat(change.kept(g.build()).getFirst().reason()).contains("4.00e+04, too much for f16");
        assertThat(ops(change(Precision.of(DType.BF16), Map.of("large", 4e4)).apply(g.build())))
                .isEqualTo("Cast:bf16 MatMul:bf16 Exp:bf16 Log:bf16 Cast:f32");
    }

    @Test
    void islandsByConstants() {
        Value masked = g.apply(Arithmetic.ADD, matMul(x), g.scalar(DType.F32, -3.4e38));
        g.output("y", g.apply(Arithmetic.SQRT, g.apply(Arithmetic.MUL, masked, g.scalar(DType.F32, 1e-12))));
        assertThat(ops(change(Precision.of(DType.F16), Map.of()).apply(g.build())))
                .isEqualTo("Cast:f16 MatMul:f16 Cast:f32 Add:f32 Mul:f32 Cast:f16 Sqrt:f16 Cast:f32");
    }

    /// In bf16 9 · 1.0117 is 9.0625, and 9.1 is 9.125.
    @Test
    void islandsWhereRoundingLeavesNoSquare() {
        Value a = g.at("a").apply(Arithmetic.MUL, x, g.scalar(DType.F32, 1.0117));
        Value b = g.at("b").apply(Arithmetic.SUB, a, g.scalar(DType.F32, 9.1));
        g.output("y", g.at("c").apply(Arithmetic.SQRT, g.at("").apply(Activations.RELU, b)));
        g.output("z", g.at("d").apply(Arithmetic.SQRT, b));
        Graph graph = g.build();
        Map<String, Datum> nines = Map.of("x", Tensor.of(new float[] {9, 9, 9, 9, 9, 9}, 2, 3));
        ChangePrecision change =
                Precision.of(DType.BF16).transform(graph, List.of(nines), ModelOptions.defaults(), (op, types) -> true);
        assertThat(ops(change.apply(graph)))
                .isEqualTo("Mul:f32 Sub:f32 Cast:bf16 Relu:bf16 Sqrt:bf16 Sqrt:f32 Cast:f32");
        assertThat(new Evaluator()
                        .run(change.apply(graph), List.of(nines.get("x")))
                        .toString())
                .doesNotContain("NaN");
    }

    @Test
    void whatOnlyPassesIsNotCastBetweenIslands() {
        Value a = g.at("a").apply(Arithmetic.EXP, x);
        Value moved = g.at("").apply(new Shaping.Flatten(0), a);
        g.output("y", g.at("b").apply(Arithmetic.LOG, moved));
        assertThat(ops(change(Precision.of(DType.F16).keeping("a", "b"), Map.of())
                        .apply(g.build())))
                .isEqualTo("Exp:f32 Flatten:f32 Log:f32");
    }

    @Test
    void castsOfTheModelItselfFollow() {
        Value n = g.input("n", Type.tensor(DType.I64, 2, 3));
        g.output("y", g.apply(Arithmetic.ADD, x, g.apply(new Casting.Cast(DType.F32), n)));
        assertThat(ops(change(Precision.of(DType.F16), Map.of()).apply(g.build())))
                .isEqualTo("Cast:f16 Cast:f16 Add:f16 Cast:f32");
    }

    /// What a loop carries, captures and gives is rounded; a node within it that must not be keeps its type.
    @Test
    void withinLoops() {
        GraphBuilder b = new GraphBuilder("body");
        b.input("i", Type.tensor(DType.I64));
        Value goOn = b.input("goOn", Type.tensor(DType.BOOL));
        Value carried = b.input("carried", Type.tensor(DType.F32, 2, 3));
        Value captured = b.input("captured", Type.tensor(DType.F32, 2, 3));
        Value sum = b.apply(Arithmetic.ADD, carried, captured);
        Value large = b.at("exp")
                .apply(Arithmetic.EXP, List.of(sum), List.of("large"))
                .getFirst();
        b.output("goOn", goOn);
        b.output("next", b.at("log").apply(Arithmetic.LOG, large));
        b.output("scanned", sum);
        Value n = g.constant(Tensor.scalar(DType.I64, 2));
        List<Value> out = g.apply(new ControlFlow.Loop(b.build(), true, false, 1), List.of(n, x, matMul(x)), List.of());
        g.output("y", out.get(0));
        g.output("z", out.get(1));
        Graph before = g.build();
        ChangePrecision change = change(Precision.of(DType.F16), Map.of("large", 5e4));
        Graph after = change.apply(before);
        assertThat(ops(after)).isEqualTo("Cast:f16 MatMul:f16 Loop:f16 Cast:f32 Cast:f32");
        ControlFlow loop = (ControlFlow) after.nodes().get(2).op();
        assertThat(ops(loop.bodies().getFirst())).isEqualTo("Add:f16 Cast:f32 Exp:f32 Log:f32 Cast:f16");
        assertThat(change.kept(before).getFirst().node()).isEqualTo("Exp \"exp\"");
        List<Datum> given = List.of(Tensor.of(new float[] {1, -2, 0.5f, 3, 0.25f, 0}, 2, 3));
        assertThat(new Evaluator().run(after, given).toString())
                .startsWith("[f32[2,3] 1.0 -2.0 0.5 3.0 0.25 0.0, f32[2,2,3]");
    }

    /// The magnitudes of what is in a loop are seen in every iteration: 10 · 10 · 10 · 10 is no f16.
    @Test
    void largeNumbersWithinLoops() {
        GraphBuilder b = new GraphBuilder("body");
        b.input("i", Type.tensor(DType.I64));
        Value goOn = b.input("goOn", Type.tensor(DType.BOOL));
        Value carried = b.input("carried", Type.tensor(DType.F32, 2, 3));
        b.output("goOn", goOn);
        b.output("next", b.apply(Arithmetic.MUL, carried, b.scalar(DType.F32, 10)));
        Value n = g.constant(Tensor.scalar(DType.I64, 5));
        g.output(
                "y",
                g.apply(new ControlFlow.Loop(b.build(), true, false, 1), List.of(n, x), List.of())
                        .getFirst());
        Graph graph = g.build();
        Map<String, Datum> ones = Map.of("x", Tensor.of(new float[] {1, 1, 1, 1, 1, 1}, 2, 3));
        ChangePrecision change =
                Precision.of(DType.F16).transform(graph, List.of(ones), ModelOptions.defaults(), (op, types) -> true);
        assertThat(change.kept(graph).getFirst().reason()).contains("reaches 1.00e+05, too much for f16");
    }

    @Test
    void notToIntegers() {
        assertThatThrownBy(() -> Precision.of(DType.I8)).isInstanceOf(ModelException.class);
    }

    /// Thresholds that are no floats, and the floats around them.
    @ParameterizedTest
    @EnumSource(names = "MEMBER", mode = EnumSource.Mode.EXCLUDE)
    void treesTakeTheSameBranch(Trees.Mode mode) {
        for (double threshold : new double[] {0.1, -0.1, 0.25, 1e-46, -1e-46, 16777217, 1e300}) {
            Map<String, Trees.Node> nodes = Map.of(
                    "root", new Trees.Decision(0, mode, threshold, false, "yes", "no"),
                    "yes", new Trees.Leaf(List.of(0), List.of(0)),
                    "no", new Trees.Leaf(List.of(0), List.of(1)));
            TreeEnsemble exact = new TreeEnsemble(new Trees(1, nodes, List.of("root")), TreeEnsemble.Aggregate.SUM);
            TreeEnsemble rounded = FloatThresholds.of(exact);
            assertThat(rounded.trees().nodes())
                    .allMatch(n -> !(n instanceof Trees.Decision d)
                            || Double.isNaN(d.threshold())
                            || d.threshold() == (float) d.threshold());
            float near = (float) threshold;
            float[] around = {near, Math.nextUp(near), Math.nextDown(near), 0, -1, 1, Float.NaN, 1e9f};
            for (float v : around) {
                assertThat(branch(rounded, v))
                        .as("%s %s %s", v, mode, threshold)
                        .isEqualTo(branch(exact, v));
            }
        }
    }

    private static double branch(TreeEnsemble trees, float v) {
        Tensor weights = Tensor.of(new double[] {1, 0}, 2);
        Tensor row = Tensor.of(new float[] {v}, 1, 1);
        return new Evaluator()
                .evaluate(trees, List.of(row, weights))
                .getFirst()
                .asTensor()
                .getDouble(0);
    }
}
