package dev.quern.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.gradient.Gradient;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Example;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.graph.Verifier;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.ControlFlow;
import dev.quern.op.Reduce;
import dev.quern.op.Sequences;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Which sequences become scan outputs, that results keep their bits, and the gradient through them.
final class GrownSequencesTest {
    private static final Type COUNT = Type.tensor(DType.I64, Shape.SCALAR);
    private static final Type SEQUENCE = new Type.SequenceType(Type.tensor(DType.F64, Shape.UNRANKED));
    private static final Type ROWS = Type.tensor(DType.F64, Shape.of(Dim.symbol("N"), Dim.of(3), Dim.of(2)));
    private static final Type FACTORS = Type.tensor(DType.F64, Shape.of(3, 2));
    private static final int TRIPS = 4;

    private static final Tensor X =
            Tensor.of(Example.f32(5, 3, 2).draw(1).asTensor().toDoubles(), 5, 3, 2);
    private static final Tensor W =
            Tensor.of(Example.f32(3, 2).draw(2).asTensor().toDoubles(), 3, 2);

    /// What else the sequence may meet.
    enum Use {
        JOINED,
        ALSO_COUNTED,
        ALSO_GIVEN,
        ALSO_COUNTED_IN_THE_LOOP,
        BEGUN_WITH_A_TENSOR,
        GROWN_AT_ITS_FRONT
    }

    /// x′ = tanh(x · w), and every x′ put into a sequence; between two carried tensors, beside a scan output.
    private static Graph body(Use use) {
        GraphBuilder b = new GraphBuilder("step");
        Value i = b.input("i", COUNT);
        Value goOn = b.input("go", Type.tensor(DType.BOOL, Shape.SCALAR));
        Value x = b.input("x", ROWS);
        Value before = b.input("before", SEQUENCE);
        Value sum = b.input("sum", ROWS);
        Value w = b.input("w", FACTORS);
        Value next = b.apply(Activations.TANH, b.apply(Arithmetic.MUL, x, w));
        b.output("go", goOn);
        b.output("next", next);
        b.output(
                "after",
                use == Use.GROWN_AT_ITS_FRONT
                        ? b.apply(new Sequences.SequenceInsert(), before, next, b.constant(Tensor.scalar(DType.I64, 0)))
                        : b.apply(new Sequences.SequenceInsert(), before, next));
        b.output("sum", b.apply(Arithmetic.ADD, sum, next));
        b.output("number", use == Use.ALSO_COUNTED_IN_THE_LOOP ? b.apply(new Sequences.SequenceLength(), before) : i);
        return b.build();
    }

    private static Graph graph(Use use, int axis, boolean isNew) {
        GraphBuilder g = new GraphBuilder("g");
        Value n = g.input("n", COUNT);
        Value x = g.input("x", ROWS);
        Value w = g.input("w", FACTORS);
        Value begin = use == Use.BEGUN_WITH_A_TENSOR
                ? g.apply(new Sequences.SequenceConstruct(), x)
                : g.apply(new Sequences.SequenceEmpty(DType.F64));
        List<Value> out = g.apply(new ControlFlow.Loop(body(use), true, false, 3), List.of(n, x, begin, x, w));
        g.output("last", out.get(0));
        g.output("joined", g.apply(new Sequences.ConcatFromSequence(axis, isNew), out.get(1)));
        g.output("sum", out.get(2));
        g.output("numbers", out.get(3));
        if (use == Use.ALSO_COUNTED) {
            g.output("count", g.apply(new Sequences.SequenceLength(), out.get(1)));
        } else if (use == Use.ALSO_GIVEN) {
            g.output("sequence", out.get(1));
        }
        return g.build();
    }

    private static List<Tensor> run(Graph graph, long trips) {
        return new Evaluator()
                .run(graph, List.of(Tensor.scalar(DType.I64, trips), X, W)).stream()
                        .map(Datum::asTensor)
                        .toList();
    }

    private static boolean joins(Graph graph) {
        return graph.nodes().stream().map(Node::op).anyMatch(Sequences.ConcatFromSequence.class::isInstance);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "-1, true", "1, false", "2, false", "-2, false"})
    void resultsKeepTheirBits(int axis, boolean isNew) {
        Graph before = graph(Use.JOINED, axis, isNew);
        Graph after = Verifier.verify(new GrownSequences().apply(before));
        assertThat(joins(after)).isFalse();
        List<Tensor> expected = run(before, TRIPS);
        List<Tensor> found = run(after, TRIPS);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).type()).isEqualTo(expected.get(i).type());
            assertThat(found.get(i).toDoubles()).isEqualTo(expected.get(i).toDoubles());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, true", "2, true", "1, false", "2, false"})
    void gradientsPass(int axis, boolean isNew) {
        Graph forward = new GrownSequences().apply(graph(Use.JOINED, axis, isNew));
        GraphBuilder g = new GraphBuilder("gradient");
        List<Value> in =
                forward.inputs().stream().map(v -> g.input(v.name(), v.type())).toList();
        Value joined = g.inline(forward, in).get(1);
        long[] extents = run(forward, TRIPS).get(1).shape().extents();
        double[] weights = Example.f32(extents).draw(3).asTensor().toDoubles();
        Value weighted = g.apply(Arithmetic.MUL, joined, g.constant(Tensor.of(weights, extents)));
        Value loss = g.apply(new Reduce(Reduce.Kind.SUM, false), weighted);
        g.output("loss", loss);
        Gradient.of(g, loss, in.subList(1, 3)).forEach(v -> g.output(v.name(), v));
        Graph both = g.build();
        List<Tensor> found = run(both, TRIPS);
        assertSlopes(found.get(1), X, both);
        assertSlopes(found.get(2), W, both);
    }

    /// Beside central differences.
    private static void assertSlopes(Tensor found, Tensor of, Graph graph) {
        double e = 1e-5;
        for (int i = 0; i < of.length(); i++) {
            double at = of.elements().getDouble(i);
            double slope;
            try {
                of.elements().set(i, at + e);
                double up = run(graph, TRIPS).getFirst().toDoubles()[0];
                of.elements().set(i, at - e);
                slope = (up - run(graph, TRIPS).getFirst().toDoubles()[0]) / (2 * e);
            } finally {
                of.elements().set(i, at);
            }
            assertThat(found.toDoubles()[i]).as("element %d", i).isCloseTo(slope, within(1e-7));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Use.class, mode = EnumSource.Mode.EXCLUDE, names = "JOINED")
    void whatMeetsMoreStays(Use use) {
        assertThat(joins(new GrownSequences().apply(graph(use, 0, true)))).isTrue();
    }

    /// Parts that follow each other along an axis of unknown extent may differ in it.
    @Test
    void partsOfUnknownExtentStay() {
        assertThat(joins(new GrownSequences().apply(graph(Use.JOINED, 0, false))))
                .isTrue();
    }

    @Test
    void withoutIterationsTheResultIsEmpty() {
        Graph after = new GrownSequences().apply(graph(Use.JOINED, 0, true));
        assertThat(run(after, 0).get(1).length()).isZero();
    }
}
