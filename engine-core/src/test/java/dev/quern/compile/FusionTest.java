package dev.quern.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Products;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What ends a product stays with the product.
class FusionTest {
    @Test
    void aChainBehindAProductEndsItWhateverComesBehindTheChain() {
        MatrixGraph graph = MatrixGraph.of((g, in) -> {
            Value product = g.apply(new Products.MatMul(), in.get(0), in.get(1));
            Value sum = g.apply(Arithmetic.ADD, product, in.get(1));
            Value root = g.apply(Arithmetic.MUL, sum, sum);
            return List.of(g.apply(new Arranging.Transpose(1, 0), root));
        });
        assertThat(graph.kernels()).containsExactly("Contract", "Map of 1");
        assertThat(graph.result(0)).containsExactly(80 * 80, 180 * 180, 120 * 120, 260 * 260);
    }
}
