package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Formula;
import dev.quern.op.Indexing;
import dev.quern.op.Normalizations;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What is computed of values of which a part is read, and that results keep their bits.
final class EarlierSlicesTest {
    private static final int STEPS = 7;
    private static final int WIDTH = 6;

    private final GraphBuilder g = new GraphBuilder("g");
    private final Formula f = new Formula(g);
    private final SplittableRandom random = new SplittableRandom(5);
    private final Value x =
            g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(STEPS), Dim.of(WIDTH))));

    private Tensor drawn(long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextDouble(-1, 1));
        }
        return t;
    }

    private Value projection(Value v, int out) {
        return f.add(f.matMul(v, g.parameter("w", drawn(WIDTH, out))), g.parameter("b", drawn(out)));
    }

    private Value block(Value v) {
        Value q = f.heads(projection(v, WIDTH), 2);
        Value k = f.heads(projection(v, WIDTH), 2);
        Value values = f.heads(projection(v, WIDTH), 2);
        Value shares = g.apply(new Softmaxes.Softmax(-1), f.matMul(q, f.lastTwoSwapped(k)));
        Value mixed = projection(f.packed(f.matMul(shares, values)), WIDTH);
        List<Value> normal =
                List.of(f.add(mixed, v), g.parameter("scale", drawn(WIDTH)), g.parameter("shift", drawn(WIDTH)));
        Value y =
                g.apply(new Normalizations.LayerNormalization(-1, 1e-5), normal).getFirst();
        return g.apply(new Activations.Gelu(false), f.add(y, g.parameter("places", drawn(STEPS, WIDTH))));
    }

    /// The graph after the pass, which gives what it gave before.
    private Graph cut(Value... results) {
        for (int i = 0; i < results.length; i++) {
            g.output("y" + i, results[i]);
        }
        Graph before = g.build();
        Graph after = Verifier.verify(new EarlierSlices().apply(before));
        Tensor input = drawn(3, STEPS, WIDTH);
        for (int i = 0; i < results.length; i++) {
            Tensor expected = new Evaluator().run(before, List.of(input)).get(i).asTensor();
            Tensor actual = new Evaluator().run(after, List.of(input)).get(i).asTensor();
            assertThat(actual.type()).isEqualTo(expected.type());
            assertThat((float[]) actual.array()).isEqualTo((float[]) expected.array());
        }
        return after;
    }

    /// How many positions the results of products and activations have, in order.
    private static List<Long> rows(Graph graph, String operator) {
        return graph.nodes().stream()
                .filter(n -> n.op().name().equals(operator))
                .map(n -> n.output(0).shape().dim(-2).extent())
                .toList();
    }

    @Test
    void theLastBlockIsComputedForTheTokenThatIsRead() {
        Graph after = cut(f.squeeze(f.slice(block(block(x)), 1, 2, 3), 1));
        // q, k, v, scores, mixed, projection: of the second block all but k and v for one token
        assertThat(rows(after, "MatMul")).containsExactly(7L, 7L, 7L, 7L, 7L, 7L, 1L, 7L, 7L, 1L, 1L, 1L);
        assertThat(rows(after, "Gelu")).containsExactly(7L, 1L);
    }

    @Test
    void gatheringOneTokenIsASlice() {
        Value last = g.constant(Tensor.scalar(DType.I64, 6));
        Graph after = cut(g.apply(new Indexing.Gather(1), block(x), last));
        assertThat(rows(after, "MatMul")).containsExactly(1L, 7L, 7L, 1L, 1L, 1L);
    }

    @Test
    void whatIsAlsoReadElsewhereStaysWhole() {
        Value y = block(x);
        assertThat(rows(cut(f.slice(y, 1, 0, 1), y), "Gelu")).containsExactly(7L);
    }

    @Test
    void twoTokensAreTwoReaders() {
        Value y = block(x);
        assertThat(rows(cut(f.add(f.slice(y, 1, 0, 1), f.slice(y, 1, 1, 2))), "Gelu"))
                .containsExactly(7L);
    }

    @Test
    void aSliceOfTheAxisThatIsCombinedStays() {
        Value y = g.apply(new Softmaxes.Softmax(1), x);
        Graph after = cut(f.slice(y, 1, 0, 1));
        assertThat(after.nodes().getFirst().output(0).shape().dim(1)).isEqualTo(Dim.of(STEPS));
    }
}
