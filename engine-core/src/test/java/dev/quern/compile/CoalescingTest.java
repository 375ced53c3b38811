package dev.quern.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Joining;
import dev.quern.op.Products;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Copies that are dropped, and those that must stay.
class CoalescingTest {
    private static Value product(GraphBuilder g, Value a, Value b) {
        return g.apply(new Products.MatMul(), a, b);
    }

    private static Value joined(GraphBuilder g, int axis, Value... parts) {
        return g.apply(new Joining.Concat(axis), List.of(parts)).getFirst();
    }

    @Test
    void whatIsJoinedAndReadIsWrittenWhereItIsJoined() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value xy = product(g, in.get(0), in.get(1));
            Value yx = product(g, in.get(1), in.get(0));
            return List.of(joined(g, 0, xy, yx), product(g, xy, yx));
        });
        assertThat(graph.kernels()).containsExactly("Contract", "Contract", "Contract");
        assertThat(graph.result(0)).containsExactly(70, 100, 150, 220, 70, 100, 150, 220);
        assertThat(graph.result(1)).containsExactly(19900, 29000, 43500, 63400);
    }

    @Test
    void aSecondBufferOfTheSameParts() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value xy = product(g, in.get(0), in.get(1));
            Value yy = product(g, in.get(1), in.get(1));
            Value rows = joined(g, 0, xy, yy);
            Value again = joined(g, 0, joined(g, 0, xy), yy);
            return List.of(product(g, rows, in.get(0)), product(g, again, in.get(1)));
        });
        assertThat(graph.kernels()).containsExactly("Contract", "Contract", "Contract", "Contract");
        assertThat(graph.result(0)).containsExactly(370, 540, 810, 1180, 3700, 5400, 8100, 11800);
        assertThat(graph.result(1)).containsExactly(3700, 5400, 8100, 11800, 37000, 54000, 81000, 118000);
    }

    @Test
    void aPartThatIsThereTwiceIsCopied() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value xy = product(g, in.get(0), in.get(1));
            return List.of(joined(g, 0, xy, xy), product(g, xy, in.get(0)));
        });
        assertThat(graph.kernels()).containsExactlyInAnyOrder("Contract", "Map of 2", "Contract");
        assertThat(graph.result(0)).containsExactly(70, 100, 150, 220, 70, 100, 150, 220);
        assertThat(graph.result(1)).containsExactly(370, 540, 810, 1180);
    }

    @Test
    void partsThatLieRowByRowBesideEachOtherAreCopied() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value xy = product(g, in.get(0), in.get(1));
            return List.of(joined(g, 1, xy, in.get(0)), product(g, xy, in.get(0)));
        });
        assertThat(graph.kernels()).contains("Map of 1");
        assertThat(graph.result(0)).containsExactly(70, 100, 1, 2, 150, 220, 3, 4);
        assertThat(graph.result(1)).containsExactly(370, 540, 810, 1180);
    }

    @Test
    void aStepThatReadsOnePartAndWritesAnotherKeepsThemApart() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value xy = product(g, in.get(0), in.get(1));
            Value next = product(g, xy, in.get(0));
            return List.of(joined(g, 0, xy, next), product(g, next, next));
        });
        assertThat(graph.kernels()).contains("Map of 1");
        assertThat(graph.result(0)).containsExactly(70, 100, 150, 220, 370, 540, 810, 1180);
        assertThat(graph.result(1)).containsExactly(574300, 837000, 1255500, 1829800);
    }
}
