package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Passing;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ApplyRulesTest {
    private static final ApplyRules EXACT = new ApplyRules(Rules.EXACT);

    private static List<String> ops(Graph g) {
        return new DropUnused()
                .apply(g).nodes().stream().map(n -> n.op().name()).toList();
    }

    @Test
    void aProductWithItsOwnSigmoidIsSilu() {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", Type.tensor(DType.F32, 4));
        g.output("y", g.apply(Arithmetic.MUL, x, g.apply(Activations.SIGMOID, x)));
        Graph rewritten = Verifier.verify(EXACT.apply(g.build()));
        assertThat(ops(rewritten)).containsExactly("Silu");
        assertThat(rewritten.nodes().getLast().origins()).contains("rule: silu");
    }

    @Test
    void aProductWithTheSigmoidOfAnotherValueIsNot() {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", Type.tensor(DType.F32, 4));
        Value y = g.input("y", Type.tensor(DType.F32, 4));
        g.output("z", g.apply(Arithmetic.MUL, x, g.apply(Activations.SIGMOID, y)));
        assertThat(ops(EXACT.apply(g.build()))).containsExactly("Sigmoid", "Mul");
    }

    @Test
    void equalApplicationsBecomeOne() {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", Type.tensor(DType.F32, 4));
        g.output("y", g.apply(Arithmetic.ADD, g.apply(Arithmetic.EXP, x), g.apply(Arithmetic.EXP, x)));
        assertThat(ops(EXACT.apply(g.build()))).containsExactly("Exp", "Add");
    }

    @Test
    void initializersAreNotMerged() {
        GraphBuilder g = new GraphBuilder("g");
        Tensor one = Tensor.of(new float[] {1}, 1);
        Value a = g.parameter("a", one);
        Value b = g.parameter("b", one);
        Value x = g.input("x", Type.tensor(DType.F32, 4));
        Value left = g.apply(Arithmetic.MUL, x, a);
        g.output("y", g.apply(Arithmetic.ADD, left, g.apply(Arithmetic.MUL, x, b)));
        assertThat(ops(EXACT.apply(g.build()))).containsExactly("Mul", "Mul", "Add");
    }

    @Test
    void rulesThatGoInCirclesAreNamed() {
        Term x = Term.variable("x");
        Rule there = new Rule("there", Term.apply(Arithmetic.EXP, x), Term.apply(Arithmetic.LOG, x));
        Rule back = new Rule("back", Term.apply(Arithmetic.LOG, x), Term.apply(Arithmetic.EXP, x));
        GraphBuilder g = new GraphBuilder("g");
        g.output("y", g.apply(Arithmetic.EXP, g.input("x", Type.tensor(DType.F32, 4))));
        Graph graph = g.build();
        assertThatThrownBy(() -> new ApplyRules(List.of(there, back)).apply(graph))
                .isInstanceOf(RewriteException.class)
                .hasMessageContaining("the last rule was \"there\"");
    }

    /// Random graphs give the same bits before and after the standard passes. In f64, which the oracle does not
    /// round between operators.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void passesKeepResults(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Graph graph = randomGraph(random);
        Graph rewritten = Verifier.verify(Passes.forInference(graph));
        double[] data = new double[6];
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextDouble(-3, 3);
        }
        List<Datum> in = List.of(Tensor.of(data, 2, 3));
        List<Datum> before = new Evaluator().run(graph, in);
        List<Datum> after = new Evaluator().run(rewritten, in);
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i).asTensor().sameAs(before.get(i).asTensor()))
                    .as(graph.toString())
                    .isTrue();
        }
        assertThat(rewritten.nodes().size()).isLessThanOrEqualTo(graph.nodes().size());
    }

    private static Graph randomGraph(SplittableRandom random) {
        List<Op> unary =
                List.of(Arithmetic.NEG, Activations.SIGMOID, Activations.RELU, new Passing.Identity(), Arithmetic.ABS);
        List<Op> binary = List.of(Arithmetic.MUL, Arithmetic.ADD, Arithmetic.MAX);
        GraphBuilder g = new GraphBuilder("random");
        List<Value> values = new ArrayList<>();
        values.add(g.input("x", Type.tensor(DType.F64, 2, 3)));
        values.add(g.parameter("w", Tensor.of(new double[] {0.5, -1, 2}, 3)));
        for (int i = 0; i < 25; i++) {
            Value a = values.get(random.nextInt(values.size()));
            Value b = values.get(random.nextInt(values.size()));
            values.add(
                    random.nextInt(5) < 3
                            ? g.apply(unary.get(random.nextInt(unary.size())), a)
                            : g.apply(binary.get(random.nextInt(binary.size())), a, b));
        }
        for (int i = 0; i < 3; i++) {
            g.output("y" + i, values.get(values.size() - 1 - i));
        }
        return g.build();
    }
}
