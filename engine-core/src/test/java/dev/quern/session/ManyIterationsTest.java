package dev.quern.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ControlFlow;
import dev.quern.reference.ReferenceBackend;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loops of little work run many iterations as one graph, to the bits of one after the other.
final class ManyIterationsTest {
    /// x ← x · 0.75 + i, which is scanned, and twice what it was before.
    private static Graph loop() {
        GraphBuilder b = new GraphBuilder("body");
        Value i = b.input("i", Type.tensor(DType.I64));
        Value goOn = b.input("go", Type.tensor(DType.BOOL));
        Value x = b.input("x", Type.tensor(DType.F32, 3));
        Value w = b.input("w", Type.tensor(DType.F32));
        Value number = b.apply(new Casting.Cast(DType.F32), List.of(i)).getFirst();
        Value next = b.apply(Arithmetic.ADD, b.apply(Arithmetic.MUL, x, w), number);
        b.output("go", goOn);
        b.output("next", next);
        b.output("seen", next);
        b.output("twice", b.apply(Arithmetic.ADD, x, x));
        GraphBuilder g = new GraphBuilder("loop");
        List<Value> out = g.apply(
                new ControlFlow.Loop(b.build(), true, false, 1),
                List.of(
                        g.input("n", Type.tensor(DType.I64)),
                        g.input("x", Type.tensor(DType.F32, 3)),
                        g.constant(Tensor.scalar(DType.F32, 0.75))));
        for (int k = 0; k < out.size(); k++) {
            g.output("y" + k, out.get(k));
        }
        return g.build();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 64, 65, 100, 333})
    void giveWhatOneAfterTheOtherGives(long trips) {
        float[] x = {1, -2, 0.3f};
        float[] state = x.clone();
        float[] seen = new float[(int) trips * 3];
        float[] twice = new float[(int) trips * 3];
        for (int i = 0; i < trips; i++) {
            for (int k = 0; k < 3; k++) {
                twice[3 * i + k] = state[k] + state[k];
                float product = state[k] * 0.75f;
                state[k] = product + i;
                seen[3 * i + k] = state[k];
            }
        }
        try (Model model = Model.of(loop(), ModelOptions.defaults().backend(new ReferenceBackend()))) {
            Map<String, Datum> out = model.run(Map.of("n", Tensor.scalar(DType.I64, trips), "x", Tensor.of(x, 3)));
            assertThat(out.get("y0").asTensor().toFloats()).containsExactly(state);
            assertThat(out.get("y1").asTensor().toFloats()).containsExactly(seen);
            assertThat(out.get("y2").asTensor().toFloats()).containsExactly(twice);
        }
    }
}
