package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.GraphBuilder;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.TreeEnsemble.Aggregate;
import dev.quern.op.Trees;
import dev.quern.op.Trees.Decision;
import dev.quern.op.Trees.Leaf;
import dev.quern.op.Trees.Mode;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Trees as the CPU lays them out against what the operator says of them, to the bit.
class ForestTest {
    private static final int FEATURES = 5;
    private static final List<Mode> MODES = List.of(Mode.values());

    /// Numbers at which comparisons go wrong first.
    private static final double[] AWKWARD = {
        0.0,
        -0.0,
        1,
        -1,
        0.1,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Float.MAX_VALUE,
        1e300,
        -1e300,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN
    };

    private static double number(Random random) {
        return random.nextInt(3) == 0 ? AWKWARD[random.nextInt(AWKWARD.length)] : random.nextInt(-4, 5) / 4.0;
    }

    /// Random trees, each with a number of decisions of its own, up to `most`.
    private static TreeEnsemble ensemble(Random random, int trees, int most, int targets, Aggregate how) {
        Map<Integer, Trees.Node> nodes = new HashMap<>();
        List<Integer> roots = new ArrayList<>();
        int weights = 0;
        boolean single = targets == 1 && random.nextBoolean();
        for (int t = 0; t < trees; t++) {
            int next = nodes.size();
            roots.add(next);
            Deque<Integer> open = new ArrayDeque<>(List.of(next++));
            for (int d = random.nextInt(most + 1); d > 0; d--) {
                int at = random.nextBoolean() ? open.removeFirst() : open.removeLast();
                Mode mode = MODES.get(random.nextInt(MODES.size()));
                double threshold = mode == Mode.MEMBER ? random.nextInt(2) : number(random);
                int feature = random.nextInt(FEATURES);
                nodes.put(at, new Decision(feature, mode, threshold, random.nextBoolean(), next, next + 1));
                open.addAll(List.of(next, next + 1));
                next += 2;
            }
            for (int leaf : open) {
                int entries = single ? 1 : random.nextInt(3);
                int first = weights;
                weights += entries;
                nodes.put(
                        leaf,
                        new Leaf(
                                Stream.generate(() -> random.nextInt(targets))
                                        .limit(entries)
                                        .toList(),
                                IntStream.range(first, first + entries).boxed().toList()));
            }
        }
        return new TreeEnsemble(new Trees(targets, nodes, roots, List.of(Set.of(0.0, 0.25, 1.0), Set.of())), how);
    }

    static Stream<Arguments> forests() {
        Random random = new Random(7);
        return Stream.of(DType.F32, DType.F64, DType.I64)
                .flatMap(type -> Stream.of(Aggregate.values())
                        .flatMap(how -> Stream.of(1, 7, 20, 700)
                                .map(rows -> Arguments.of(
                                        type,
                                        rows,
                                        ensemble(
                                                random,
                                                random.nextInt(1, 20),
                                                random.nextBoolean() ? 12 : 80,
                                                random.nextInt(1, 4),
                                                how)))));
    }

    @ParameterizedTest
    @MethodSource("forests")
    void saysWhatTheOperatorSays(DType type, int rows, TreeEnsemble op) {
        Random random = new Random(rows);
        Elements x = Elements.zeros(type, rows * FEATURES);
        for (int i = 0; i < x.length(); i++) {
            x.set(i, number(random));
        }
        float[] w = new float[2 * 20 * 81];
        for (int i = 0; i < w.length; i++) {
            w[i] = random.nextInt(4) == 0 ? 0 : random.nextFloat() - 0.5f;
        }
        assertSame(op, Tensor.wrap(type, x.array(), rows, FEATURES), Tensor.of(w, w.length));
    }

    @Test
    void treesThatAreLeaves() {
        Trees trees = new Trees(1, Map.of("only", new Leaf(List.of(0), List.of(0))), List.of("only"));
        Tensor weight = Tensor.of(new double[] {2.5}, 1);
        for (int rows : new int[] {0, 1, 100}) {
            assertSame(new TreeEnsemble(trees, Aggregate.SUM), Tensor.zeros(DType.F32, rows, 1), weight);
        }
    }

    @Test
    void weightsThatAreInputsStayWithTheHost() {
        TreeEnsemble op = ensemble(new Random(1), 3, 5, 1, Aggregate.SUM);
        GraphBuilder g = new GraphBuilder("weights");
        var x = g.input("x", Type.tensor(DType.F32, 2, FEATURES));
        g.output("y", g.apply(op, x, g.input("w", Type.tensor(DType.F32, 100))));
        try (Model model = Model.of(g.build(), ModelOptions.defaults())) {
            assertThat(model.plan().toString()).contains("host:");
        }
    }

    private static void assertSame(TreeEnsemble op, Tensor x, Tensor weights) {
        GraphBuilder g = new GraphBuilder("trees");
        Shape shape = Shape.of(Dim.symbol("N"), x.shape().dim(1));
        g.output("y", g.apply(op, g.input("x", Type.tensor(x.dtype(), shape)), g.constant(weights)));
        try (Model model = Model.of(g.build(), ModelOptions.defaults())) {
            assertThat(model.plan().isOneRegion()).isTrue();
            Tensor expected =
                    new Evaluator().evaluate(op, List.of(x, weights)).getFirst().asTensor();
            assertThat(model.run(x).toDoubles()).isEqualTo(expected.toDoubles());
        }
    }
}
