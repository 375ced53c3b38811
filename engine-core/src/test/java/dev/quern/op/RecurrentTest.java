package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.gradient.Gradient;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Example;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Recurrent.Cell;
import dev.quern.op.Recurrent.Direction;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Recurrent layers beside plain loops; gradients of sequences whose length is not known when they are taken.
class RecurrentTest {

    static Stream<Example> examples() {
        Stream<Example> functions = Stream.of(CellActivation.Kind.values())
                .map(kind -> new Recurrent(
                        Cell.GRU,
                        Direction.FORWARD,
                        Collections.nCopies(2, kind.plain()),
                        0,
                        false,
                        false,
                        false,
                        false,
                        Set.of()))
                .map(op -> Example.of(op, small(4, 2, 3), small(1, 15, 3), small(1, 15, 5)));
        return Stream.concat(Recurrent.examples(), functions);
    }

    /// Functions without bounds would let the state grow from step to step.
    private static Example.Operand small(long... dims) {
        return Example.f32(dims).in(-0.5, 0.5);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void isWhatPlainLoopsGive(Example example) {
        List<Tensor> in = IntStream.range(0, example.operands().size())
                .mapToObj(i -> example.operands().get(i).draw(i))
                .toList();
        List<Tensor> expected = RecurrentOracle.of((Recurrent) example.op(), in);
        List<Datum> results = new Evaluator().run(graph(example, in), List.copyOf(in));
        for (int i = 0; i < expected.size(); i++) {
            Tensor got = results.get(i).asTensor();
            assertThat(got.type()).isEqualTo(expected.get(i).type());
            assertClose(got, expected.get(i));
        }
    }

    private static void assertClose(Tensor got, Tensor expected) {
        for (int k = 0; k < got.length(); k++) {
            double allowed = 2e-6 * Math.max(1, Math.abs(expected.getDouble(k)));
            assertThat(Math.abs(got.getDouble(k) - expected.getDouble(k)))
                    .as("[%d]", k)
                    .isLessThanOrEqualTo(allowed);
        }
    }

    private static Graph graph(Example example, List<Tensor> in) {
        GraphBuilder g = new GraphBuilder("layer");
        List<Value> inputs = IntStream.range(0, in.size())
                .mapToObj(i -> g.input("x" + i, in.get(i).type()))
                .toList();
        List<Value> out = g.apply(example.op(), inputs);
        IntStream.range(0, out.size()).forEach(i -> g.output("y" + i, out.get(i)));
        return g.build();
    }

    /// The same gradients whether the number of steps is known when they are taken or not.
    @ParameterizedTest
    @EnumSource(Cell.class)
    void gradientsWaitForTheNumberOfSteps(Cell cell) {
        Recurrent op = Recurrent.of(cell, Direction.FORWARD, Set.of());
        Map<String, Datum> in = operands(cell);
        Map<String, Datum> now = gradients(op, Dim.of(5), in);
        Map<String, Datum> later = gradients(op, Dim.symbol("steps"), in);
        now.forEach((name, d) -> assertClose(later.get(name).asTensor(), d.asTensor()));
    }

    /// Gradients where operands go through 8 bits: near those of the layer that rounds nothing, but not the same.
    @Test
    void gradientsPassWhatIsRounded() {
        Recurrent exact = Recurrent.of(Cell.LSTM, Direction.FORWARD, Set.of());
        Recurrent rounded = new Recurrent(
                Cell.LSTM, Direction.FORWARD, exact.activations(), 0, false, false, false, true, Set.of());
        Map<String, Datum> in = operands(Cell.LSTM);
        Map<String, Datum> found = gradients(rounded, Dim.of(5), in);
        gradients(exact, Dim.of(5), in).forEach((name, d) -> {
            double[] expected = d.asTensor().toDoubles();
            double[] got = found.get(name).asTensor().toDoubles();
            double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            assertThat(got).as(name).isNotEqualTo(expected);
            for (int i = 0; i < expected.length; i++) {
                assertThat(got[i]).as(name).isCloseTo(expected[i], within(0.03 * largest));
            }
        });
    }

    private static Map<String, Datum> operands(Cell cell) {
        int lines = cell == Cell.RNN ? 4 : cell == Cell.GRU ? 12 : 16;
        return Map.of(
                "x", Example.f32(5, 2, 3).draw(1).asTensor(),
                "r", Example.f32(1, lines, 4).draw(2).asTensor(),
                "w", Example.f32(1, lines, 3).draw(3).asTensor());
    }

    private static Map<String, Datum> gradients(Recurrent op, Dim steps, Map<String, Datum> in) {
        GraphBuilder g = new GraphBuilder("gradients");
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(steps, Dim.of(2), Dim.of(3))));
        Value w = g.input("w", in.get("w").type());
        Value r = g.input("r", in.get("r").type());
        Value y = g.apply(op, List.of(x, w, r)).getFirst();
        Value loss = g.apply(new Reduce(Reduce.Kind.SUM_SQUARE, false), y);
        List<Value> gradients = Gradient.of(g, loss, List.of(x, w, r));
        g.output("dx", gradients.get(0));
        g.output("dw", gradients.get(1));
        g.output("dr", gradients.get(2));
        try (Model model = Model.of(g.build(), ModelOptions.defaults().backend(new ReferenceBackend()))) {
            return model.run(in);
        }
    }
}
