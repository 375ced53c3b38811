package dev.quern.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Program;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// One graph on two backends: what the first refuses goes to the other, with the reason in the plan.
class PlacementTest {

    /// The reference backend without `f64`.
    private static final class Picky implements Backend {
        private final Backend worker = new ReferenceBackend();

        @Override
        public String name() {
            return "picky";
        }

        @Override
        public Optional<String> refuses(DType dtype) {
            return dtype == DType.F64 ? Optional.of("no f64 here") : Optional.empty();
        }

        @Override
        public Executable compile(Program program, Settings settings) {
            assertThat(program.buffers()).noneMatch(b -> b.dtype() == DType.F64);
            return worker.compile(program, settings);
        }
    }

    /// -x, squared in f64, and the square less x: f32, f64, f32, with a value of the first region read in the last.
    private static Graph graph() {
        GraphBuilder g = new GraphBuilder("split");
        Value x = g.input("x", Type.tensor(DType.F32, 3));
        Value turned = g.apply(Arithmetic.NEG, x);
        Value wide = g.apply(new Casting.Cast(DType.F64), turned);
        Value square = g.apply(new Casting.Cast(DType.F32), g.apply(Arithmetic.MUL, wide, wide));
        g.output("y", g.apply(Arithmetic.ADD, square, turned));
        return g.build();
    }

    @Test
    void whatOneBackendRefusesRunsOnAnother() {
        try (Model model = Model.of(graph(), ModelOptions.defaults().backend(new Picky()))) {
            assertThat(model.run(Tensor.of(new float[] {1, 2, -3}, 3)).toDoubles())
                    .containsExactly(0, 2, 12);
            assertThat(model.plan().steps()).hasSize(3);
            assertThat(model.plan().toString())
                    .containsSubsequence("picky: 1 nodes", "reference: 3 nodes", "(no f64 here)", "picky: 1 nodes");
        }
    }

    @Test
    void nodeByNodeToo() {
        Plan plan = Partition.nodeByNode(graph(), new Picky());
        assertThat(plan.steps()).hasSize(5);
        assertThat(plan.toString()).containsSubsequence("picky", "reference", "(no f64 here)", "picky");
    }
}
