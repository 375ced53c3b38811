package dev.quern.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Shaping;
import dev.quern.reference.ReferenceBackend;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Graphs on which a recursion over nodes would overflow the stack or take for ever.
final class DeepGraphsTest {
    private static final ModelOptions OPTIONS =
            ModelOptions.defaults().backend(new ReferenceBackend()).timeLimit(Duration.ofSeconds(30));

    @Test
    @Timeout(60)
    void aChainLongerThanAStack() {
        int length = 20_000;
        GraphBuilder g = new GraphBuilder("chain");
        Value x = g.input("x", Type.tensor(DType.F32, 3));
        Value one = g.scalar(DType.F32, 1);
        Value h = x;
        for (int i = 0; i < length; i++) {
            h = g.apply(Arithmetic.ADD, h, one);
        }
        g.output("y", h);
        try (Model model = Model.of(g.build(), OPTIONS)) {
            assertThat(model.run(Tensor.of(new float[] {0, 1, 2}, 3))
                            .sameAs(Tensor.of(new float[] {length, length + 1, length + 2}, 3)))
                    .isTrue();
        }
    }

    /// Each value is read twice, so there are 2^60 paths from the shape operand to the input that decides it.
    @Test
    @Timeout(60)
    void aShapeDecidedAlongManyPaths() {
        GraphBuilder g = new GraphBuilder("diamonds");
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"))));
        Value shape = g.input("shape", Type.tensor(DType.I64, 2));
        Value same = shape;
        for (int i = 0; i < 60; i++) {
            same = g.apply(Arithmetic.SUB, g.apply(Arithmetic.ADD, same, same), same);
        }
        g.output("y", g.apply(new Shaping.Reshape(false), x, same));
        try (Model model = Model.of(g.build(), OPTIONS)) {
            Map<String, Tensor> inputs =
                    Map.of("x", Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 6), "shape", Tensor.of(new long[] {2, 3}, 2));
            assertThat(model.run(inputs).get("y").asTensor().shape()).isEqualTo(Shape.of(2, 3));
        }
    }
}
