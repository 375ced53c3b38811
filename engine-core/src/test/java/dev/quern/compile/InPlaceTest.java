package dev.quern.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.RunControl;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Program;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Products;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// Results that are written over operands: right in every case, without a second array where the program allows it.
class InPlaceTest {
    private static final Type MATRIX = Type.tensor(DType.F32, 2, 2);

    private static Graph graph(BiFunction<GraphBuilder, List<Value>, List<Value>> nodes) {
        GraphBuilder g = new GraphBuilder("over");
        List<Value> in = List.of(g.input("x", MATRIX), g.input("y", MATRIX));
        List<Value> out = nodes.apply(g, in);
        g.output("first", out.get(0));
        g.output("second", out.get(1));
        return g.build();
    }

    /// Whether the program of a graph lets its first result go over x.
    private static boolean isAllowed(Graph graph) {
        Plan plan = Partition.of(graph, new ReferenceBackend());
        Plan.Region region = (Plan.Region) plan.steps().getFirst();
        Binding binding = Binding.of(
                region,
                region.inputs().stream().map(v -> Tensor.zeros(DType.F32, 2, 2)).toList());
        Program program = new Compiler(plan.graph()).compile(region, binding, RunControl.NONE);
        return InPlace.allows(
                program, region.inputs().indexOf(plan.graph().inputs().getFirst()), 0);
    }

    /// Runs a graph of x and y with two results, the first of which goes over x.
    private static double[] overX(boolean isInPlace, BiFunction<GraphBuilder, List<Value>, List<Value>> nodes) {
        Graph graph = graph(nodes);
        assertThat(isAllowed(graph)).isEqualTo(isInPlace);
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor y = Tensor.of(new float[] {10, 20, 30, 40}, 2, 2);
        try (GraphRunner runner = GraphRunner.of(graph, ModelOptions.defaults().backend(new ReferenceBackend()))) {
            Tensor second = runner.run(List.of(x, y), List.of(Optional.of(x), Optional.empty()))
                    .get(1)
                    .asTensor();
            double[] all = new double[8];
            System.arraycopy(x.toDoubles(), 0, all, 0, 4);
            System.arraycopy(second.toDoubles(), 0, all, 4, 4);
            return all;
        }
    }

    @Test
    void elementByElement() {
        assertThat(overX(
                        true,
                        (g, in) -> List.of(
                                g.apply(Arithmetic.ADD, in.get(0), in.get(1)), g.apply(Arithmetic.NEG, in.get(1)))))
                .containsExactly(11, 22, 33, 44, -10, -20, -30, -40);
    }

    @Test
    void anOperandThatIsReadAtOtherPlaces() {
        assertThat(overX(false, (g, in) -> {
                    Value turned = g.apply(new Arranging.Transpose(1, 0), in.get(0));
                    return List.of(g.apply(Arithmetic.ADD, turned, in.get(0)), g.apply(Arithmetic.NEG, in.get(1)));
                }))
                .containsExactly(2, 5, 5, 8, -10, -20, -30, -40);
    }

    @Test
    void anOperandThatIsReadLater() {
        assertThat(overX(false, (g, in) -> {
                    Value sum = g.apply(Arithmetic.ADD, in.get(0), in.get(1));
                    return List.of(sum, g.apply(new Products.MatMul(), sum, in.get(0)));
                }))
                .containsExactly(11, 22, 33, 44, 77, 110, 165, 242);
    }

    @Test
    void aProductOverItsOperand() {
        assertThat(overX(
                        false,
                        (g, in) -> List.of(
                                g.apply(new Products.MatMul(), in.get(0), in.get(1)),
                                g.apply(Arithmetic.NEG, in.get(1)))))
                .containsExactly(70, 100, 150, 220, -10, -20, -30, -40);
    }
}
