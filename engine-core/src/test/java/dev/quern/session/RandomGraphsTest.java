package dev.quern.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random graphs of element-wise operators, reductions, products and transpositions: what fusion and the memory plan
/// make of them.
final class RandomGraphsTest {
    private static final int NODES = 25;
    private static final long[] EXTENTS = {1, 3, 4};

    static List<Long> seeds() {
        return new Random(11).longs(60).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void fusedGivesTheBitsOfNodeByNode(long seed) {
        Graph graph = graph(new Random(seed));
        Map<String, Tensor> inputs = inputs(graph, new Random(seed));
        try (Model model = model(graph)) {
            Map<String, Datum> single = model.trace(inputs, (value, datum) -> {});
            model.run(inputs)
                    .forEach((name, result) -> assertThat(
                                    result.asTensor().sameAs(single.get(name).asTensor()))
                            .as("%s of%n%s", name, graph)
                            .isTrue());
        }
    }

    /// Whoever reads a slot finds what was last written for the buffer that it reads.
    @ParameterizedTest
    @MethodSource("seeds")
    void noSlotIsSharedByTemporariesThatLiveTogether(long seed) {
        try (Model model = model(graph(new Random(seed)))) {
            Program program = model.program(Map.of()).orElseThrow();
            Map<Integer, Integer> owner = new HashMap<>();
            for (Program.Step step : program.steps()) {
                for (View read : step.kernel().inputs()) {
                    if (program.buffers().get(read.buffer()).role() instanceof Buffer.Temporary(int slot)) {
                        assertThat(owner).as("%s in%n%s", step, program).containsEntry(slot, read.buffer());
                    }
                }
                for (View written : step.kernel().outputs()) {
                    Buffer buffer = program.buffers().get(written.buffer());
                    if (buffer.role() instanceof Buffer.Temporary(int slot)) {
                        owner.put(slot, written.buffer());
                        assertThat(program.slots().get(slot).length()).isGreaterThanOrEqualTo(buffer.length());
                    }
                }
            }
        }
    }

    private static Model model(Graph graph) {
        return Model.of(graph, ModelOptions.defaults().backend(Backends.prefer("reference")));
    }

    private static Map<String, Tensor> inputs(Graph graph, Random random) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            Tensor t = Tensor.zeros(DType.F32, v.shape());
            for (int i = 0; i < t.length(); i++) {
                t.elements().set(i, random.nextGaussian());
            }
            inputs.put(v.name(), t);
        }
        return inputs;
    }

    private static Graph graph(Random random) {
        GraphBuilder g = new GraphBuilder("random");
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            long rows = EXTENTS[random.nextInt(EXTENTS.length)];
            long columns = EXTENTS[random.nextInt(EXTENTS.length)];
            values.add(g.input("x" + i, Type.tensor(DType.F32, rows, columns)));
        }
        while (values.size() < NODES) {
            Value a = values.get(random.nextInt(values.size()));
            Value b = values.get(random.nextInt(values.size()));
            values.add(
                    switch (random.nextInt(8)) {
                        case 0 -> g.apply(Activations.TANH, a);
                        case 1 -> g.apply(Activations.SIGMOID, a);
                        case 2 -> g.apply(new Reduce(Reduce.Kind.MEAN, true), a, g.longs(random.nextInt(2)));
                        case 3 -> g.apply(new Softmaxes.Softmax(1), a);
                        case 4 -> g.apply(new Arranging.Transpose(List.of(1, 0)), a);
                        case 5 -> joined(b, a) ? g.apply(new Products.MatMul(), a, b) : g.apply(Activations.RELU, b);
                        case 6 -> broadcast(a, b) ? g.apply(Arithmetic.ADD, a, b) : g.apply(Arithmetic.SUB, a, a);
                        default -> broadcast(a, b) ? g.apply(Arithmetic.MUL, a, b) : g.apply(Arithmetic.ADD, b, b);
                    });
        }
        g.output("last", values.getLast());
        g.output("inner", values.get(NODES - 5));
        return g.build();
    }

    private static boolean joined(Value right, Value left) {
        return left.shape().dim(1).equals(right.shape().dim(0));
    }

    private static boolean broadcast(Value a, Value b) {
        for (int axis = 0; axis < 2; axis++) {
            long m = a.shape().dim(axis).extent();
            long n = b.shape().dim(axis).extent();
            if (m != n && m != 1 && n != 1) {
                return false;
            }
        }
        return true;
    }
}
