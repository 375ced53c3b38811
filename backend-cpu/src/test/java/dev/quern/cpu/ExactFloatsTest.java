package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Casting.Cast;
import dev.quern.op.ConvInteger;
import dev.quern.op.IntegerProducts.MatMulInteger;
import dev.quern.op.Sliding;
import dev.quern.op.Sliding.AutoPad;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Products and convolutions of 8-bit integers give the very integers, as long as floats hold them and beyond.
class ExactFloatsTest {
    private static final MatMulInteger PRODUCT = new MatMulInteger();
    private static final ConvInteger CONVOLUTION =
            new ConvInteger(new Sliding(AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(), List.of()), 1);

    private static Tensor tensor(Random random, DType type, long... extents) {
        Tensor t = Tensor.zeros(type, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, (long) (random.nextInt(256) - (type == DType.I8 ? 128 : 0)));
        }
        return t;
    }

    static Stream<Arguments> operands() {
        Random r = new Random(3);
        return Stream.of(
                Arguments.of(PRODUCT, List.of(tensor(r, DType.U8, 5, 70), tensor(r, DType.I8, 70, 9))),
                Arguments.of(
                        PRODUCT,
                        List.of(
                                tensor(r, DType.U8, 2, 5, 70),
                                tensor(r, DType.I8, 70, 33),
                                tensor(r, DType.U8),
                                tensor(r, DType.I8, 33))),
                Arguments.of(
                        PRODUCT,
                        List.of(
                                tensor(r, DType.I8, 5, 7),
                                tensor(r, DType.U8, 3, 7, 17),
                                tensor(r, DType.I8, 5),
                                tensor(r, DType.U8))),
                Arguments.of(PRODUCT, List.of(tensor(r, DType.U8, 1, 5000), tensor(r, DType.U8, 5000, 3))),
                Arguments.of(PRODUCT, List.of(tensor(r, DType.U8, 4, 0), tensor(r, DType.U8, 0, 3))),
                Arguments.of(CONVOLUTION, List.of(tensor(r, DType.U8, 2, 3, 6, 5), tensor(r, DType.I8, 4, 3, 3, 3))),
                Arguments.of(
                        CONVOLUTION,
                        List.of(
                                tensor(r, DType.U8, 1, 8, 9, 9),
                                tensor(r, DType.U8, 20, 8, 3, 3),
                                tensor(r, DType.U8),
                                tensor(r, DType.U8, 20))));
    }

    /// Sums as floats, where nothing else is asked for: rounded once.
    @ParameterizedTest
    @CsvSource({"257", "259", "1025", "5000"})
    void sumsAsFloats(int k) {
        Random r = new Random(k);
        Tensor a = tensor(r, DType.U8, 7, k);
        Tensor b = k == 1025 ? filled(k, 3) : tensor(r, DType.U8, k, 3);
        GraphBuilder g = new GraphBuilder("floats");
        Value sums =
                g.apply(PRODUCT, List.of(g.input("x", a.type()), g.constant(b))).getFirst();
        g.output("y", g.apply(new Cast(DType.F32), List.of(sums)).getFirst());
        long[] integers = new Evaluator()
                .evaluate(PRODUCT, List.of(a, b))
                .getFirst()
                .asTensor()
                .toLongs();
        Graph graph = g.build();
        for (Tier tier : Tier.values()) {
            if (tier.obstacle().isEmpty()) {
                try (CpuBackend backend = new CpuBackend(tier, 1);
                        Model model = Model.of(graph, ModelOptions.defaults().backend(backend))) {
                    float[] floats = (float[]) model.run(a).array();
                    for (int i = 0; i < integers.length; i++) {
                        assertThat(floats[i]).as("%s", tier).isEqualTo((float) integers[i]);
                    }
                }
            }
        }
    }

    /// All operands in turn constant and not.
    @ParameterizedTest
    @MethodSource("operands")
    void givesTheIntegers(Op op, List<Tensor> operands) {
        assertExact(op, operands, Set.of());
        assertExact(op, operands, Set.of(1, 2, 3));
        assertExact(op, operands, Set.of(1, 3));
        assertExact(op, operands, Set.of(0));
    }

    /// Sums of 255 · 255, an odd number: 258 of them are below 2²⁴, more of them need an odd sum above it.
    @ParameterizedTest
    @CsvSource({"257", "258", "259", "261", "1025"})
    void sumsBeyondWhatFloatsHold(int k) {
        List<Tensor> operands = List.of(filled(1, k), filled(k, 2));
        assertExact(PRODUCT, operands, Set.of());
        assertExact(PRODUCT, operands, Set.of(1));
    }

    private static Tensor filled(long... extents) {
        Elements e = Elements.zeros(DType.U8, (int) (extents[0] * extents[1]));
        IntStream.range(0, e.length()).forEach(i -> e.set(i, 255L));
        return Tensor.wrap(DType.U8, e.array(), extents);
    }

    private static void assertExact(Op op, List<Tensor> operands, Set<Integer> constant) {
        GraphBuilder g = new GraphBuilder("integers");
        List<Value> in = new ArrayList<>();
        List<Tensor> given = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Tensor t = operands.get(i);
            if (constant.contains(i)) {
                in.add(g.constant(t));
            } else {
                in.add(g.input("x" + i, t.type()));
                given.add(t);
            }
        }
        g.output("y", g.apply(op, in).getFirst());
        Tensor expected =
                new Evaluator().evaluate(op, List.copyOf(operands)).getFirst().asTensor();
        Graph graph = g.build();
        for (Tier tier : Tier.values()) {
            if (tier.obstacle().isEmpty()) {
                try (CpuBackend backend = new CpuBackend(tier, 2);
                        Model model = Model.of(graph, ModelOptions.defaults().backend(backend))) {
                    assertThat(model.run(given.toArray(Tensor[]::new)).toLongs())
                            .as("%s", tier)
                            .isEqualTo(expected.toLongs());
                }
            }
        }
    }
}
