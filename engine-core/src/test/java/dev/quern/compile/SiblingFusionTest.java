package dev.quern.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.Joining;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Maps that become one, and those that stay.
class SiblingFusionTest {
    @Test
    void mapsOfOneOperand() {
        MatrixGraph graph = MatrixGraph.of((g, in) ->
                List.of(g.apply(Arithmetic.ADD, in.get(0), in.get(1)), g.apply(Arithmetic.MUL, in.get(0), in.get(1))));
        assertThat(graph.kernels()).containsExactly("Map of 2");
        assertThat(graph.result(0)).containsExactly(11, 22, 33, 44);
        assertThat(graph.result(1)).containsExactly(10, 40, 90, 160);
    }

    @Test
    void aMapOfWhatAnotherGives() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value sum = g.apply(Arithmetic.ADD, in.get(0), in.get(1));
            return List.of(sum, g.apply(Arithmetic.MUL, sum, sum));
        });
        assertThat(graph.kernels()).containsExactly("Map of 2");
        assertThat(graph.result(0)).containsExactly(11, 22, 33, 44);
        assertThat(graph.result(1)).containsExactly(121, 484, 1089, 1936);
    }

    @Test
    void aMapOfWhatAnotherGivesAtOtherPlacesStaysApart() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value sum = g.apply(Arithmetic.ADD, in.get(0), in.get(1));
            return List.of(sum, g.apply(Arithmetic.MUL, sum, g.apply(new Arranging.Transpose(1, 0), sum)));
        });
        assertThat(graph.kernels()).containsExactly("Map of 1", "Map of 1");
        assertThat(graph.result(1)).containsExactly(121, 726, 726, 1936);
    }

    @Test
    void whatIsRoundedWhenItIsStoredIsReadAsItWasStored() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value third = g.apply(Arithmetic.DIV, in.get(0), g.apply(Arithmetic.ADD, in.get(0), in.get(0)));
            Value odd = g.apply(Arithmetic.DIV, third, in.get(1));
            Value half = g.apply(new Casting.Cast(DType.F16), odd);
            return List.of(half, g.apply(new Casting.Cast(DType.F32), half));
        });
        assertThat(graph.kernels()).containsExactly("Map of 1", "Map of 1");
        assertThat(graph.result(1)).containsExactly(graph.result(0));
    }

    @Test
    void moreViewsThanFitStayApart() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value rows = g.apply(new Joining.Concat(0), List.of(in.get(0), in.get(1), in.get(0), in.get(1)))
                    .getFirst();
            List<Value> parts = g.apply(new Joining.Split(0, 4), List.of(rows));
            List<Value> sums = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                for (int j = i; j < 4; j++) {
                    sums.add(g.apply(Arithmetic.ADD, parts.get(i), parts.get(j)));
                }
            }
            return sums;
        });
        assertThat(graph.kernels().stream().filter("Map of 10"::equals)).isEmpty();
        assertThat(graph.result(1)).containsExactly(11, 22, 33, 44);
        assertThat(graph.result(9)).containsExactly(20, 40, 60, 80);
    }
}
