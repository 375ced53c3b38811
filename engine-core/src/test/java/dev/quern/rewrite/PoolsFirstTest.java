package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.gradient.Gradient;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Pools;
import dev.quern.op.Reduce;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// That pools come before Relus, and that results and gradients keep their bits.
final class PoolsFirstTest {
    private static final int SIDE = 6;

    private final GraphBuilder g = new GraphBuilder("g");
    private final Value x = g.input("x", Type.tensor(DType.F32, Shape.of(2, 3, SIDE, SIDE)));

    private static Pools.MaxPool pool(int side, int stride, int pad) {
        Sliding sliding =
                new Sliding(Sliding.AutoPad.EXPLICIT, List.of(pad, pad, pad, pad), List.of(stride, stride), List.of());
        return new Pools.MaxPool(sliding, List.of(side, side));
    }

    /// Whole numbers: many elements of a window are alike, and in many windows none is above 0.
    private static Tensor drawn(long... extents) {
        SplittableRandom random = new SplittableRandom(3);
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, i == 7 ? Double.NaN : random.nextInt(-4, 2));
        }
        return t;
    }

    private static List<String> names(Graph graph) {
        return graph.nodes().stream().map(Node::op).map(Object::toString).toList();
    }

    private Graph pooled(Pools.MaxPool pool) {
        g.output("y", g.apply(pool, g.apply(Activations.RELU, x)));
        return g.build();
    }

    /// `graph`'s result and the gradient of its operand, each element of the result weighing something else.
    private static List<Tensor> withGradient(Graph graph, long... extents) {
        GraphBuilder b = new GraphBuilder("with gradient");
        Value in = b.input("x", graph.inputs().getFirst().type());
        Value y = b.inline(graph, List.of(in)).getFirst();
        Tensor weights = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < weights.length(); i++) {
            weights.elements().set(i, i + 1);
        }
        Value loss = b.apply(new Reduce(Reduce.Kind.SUM, false), b.apply(Arithmetic.MUL, y, b.constant(weights)));
        b.output("y", y);
        b.output("dx", Gradient.of(b, loss, List.of(in)).getFirst());
        return new Evaluator()
                .run(b.build(), List.of(drawn(2, 3, SIDE, SIDE))).stream()
                        .map(d -> d.asTensor())
                        .toList();
    }

    private void requireSwapped(Pools.MaxPool pool, long... extents) {
        Graph before = pooled(pool);
        Graph after = Verifier.verify(new PoolsFirst().apply(before));
        assertThat(names(before).getFirst()).isEqualTo("Relu");
        assertThat(names(after).getLast()).isEqualTo("Relu");
        List<Tensor> expected = withGradient(before, extents);
        List<Tensor> actual = withGradient(after, extents);
        for (int i = 0; i < expected.size(); i++) {
            assertThat((float[]) actual.get(i).array())
                    .containsExactly((float[]) expected.get(i).array());
        }
    }

    @Test
    void windowsSideBySide() {
        requireSwapped(pool(2, 2, 0), 2, 3, 3, 3);
    }

    @Test
    void windowsThatOverlapAndReachOverTheBorder() {
        requireSwapped(pool(3, 2, 1), 2, 3, 3, 3);
    }

    @Test
    void aReluThatIsReadElsewhereStays() {
        Value positive = g.apply(Activations.RELU, x);
        g.output("y", g.apply(pool(2, 2, 0), positive));
        g.output("z", positive);
        Graph graph = g.build();
        assertThat(new PoolsFirst().apply(graph)).isSameAs(graph);
    }

    @Test
    void windowsOfPaddingAloneHaveTheirLowestValueMade0() {
        Graph graph = pooled(pool(2, 2, 2));
        assertThat(new PoolsFirst().apply(graph)).isSameAs(graph);
    }

    @Test
    void theGradientOfReluReadsItsResult() {
        Value y = g.apply(Activations.RELU, x);
        Value loss = g.apply(new Reduce(Reduce.Kind.SUM, false), y);
        Value gradient = Gradient.of(g, loss, List.of(x)).getFirst();
        Node summed = gradient.producer().orElseThrow();
        Node product = summed.input(0).producer().orElseThrow();
        assertThat(product.op().name()).isEqualTo("ReluGrad");
        assertThat(product.inputs()).contains(y).doesNotContain(x);
    }
}
