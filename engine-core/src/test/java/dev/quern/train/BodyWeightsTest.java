package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.ControlFlow;
import dev.quern.op.Products;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Weights in branches and loops are trained as those outside are.
class BodyWeightsTest {
    private static final Type ROWS = Type.tensor(DType.F32, 5, 4);
    private static final Tensor W = Toys.drawn(1, 4, 4);
    private static final Tensor B = Toys.drawn(2, 4, 4);

    /// tanh(x · w), with `w` a weight of this graph.
    private static Value layer(GraphBuilder g, Value x, Value w) {
        return g.apply(Activations.TANH, g.apply(new Products.MatMul(), x, w));
    }

    private static Graph branch(String name, Tensor w) {
        GraphBuilder b = new GraphBuilder(name);
        b.output("y", layer(b, b.input("x", ROWS), b.parameter("w", w)));
        return b.build();
    }

    /// Two branches whose weights have one name, as the condition says.
    private static Model branching() {
        GraphBuilder g = new GraphBuilder("branching");
        Value x = g.input("x", ROWS);
        Value c = g.input("c", Type.tensor(DType.BOOL, 1));
        ControlFlow.If choice = new ControlFlow.If(branch("then", W), branch("otherwise", B));
        g.output("y", g.apply(choice, c, x, x));
        return Model.of(g.build(), Toys.OPTIONS);
    }

    /// Three times the same layer, by a loop or written out.
    private static Model repeated(boolean loop) {
        GraphBuilder g = new GraphBuilder("repeated");
        Value x = g.input("x", ROWS);
        Value w = g.parameter("w", W);
        Value y = x;
        if (loop) {
            GraphBuilder b = new GraphBuilder("body");
            b.input("i", Type.tensor(DType.I64));
            Value goOn = b.input("go", Type.tensor(DType.BOOL));
            Value state = b.input("x", ROWS);
            b.output("go", goOn);
            b.output("y", layer(b, state, w));
            Value trips = g.constant(Tensor.scalar(DType.I64, 3));
            y = g.apply(new ControlFlow.Loop(b.build(), true, false, 1), trips, x);
        } else {
            for (int i = 0; i < 3; i++) {
                y = layer(g, y, w);
            }
        }
        g.output("y", y);
        return Model.of(g.build(), Toys.OPTIONS);
    }

    private static List<Double> losses(Model model, Map<String, Tensor> inputs, List<Model> trained) {
        Tensor label = Toys.drawn(7, 5, 4);
        List<Double> losses = new ArrayList<>();
        trained.add(Trainer.of(model)
                .loss(Losses.mse())
                .optimizer(new SGD(0.5))
                .onStep(p -> losses.add(p.loss()))
                .fit(Dataset.ofBatches(List.of(new Dataset.Batch(inputs, label))), Epochs.of(6)));
        return losses;
    }

    @Test
    void ofTheBranchThatIsTaken() {
        Model before = branching();
        assertThat(Trainer.of(before).report().trainable())
                .extracting(TrainingReport.Parameter::name)
                .containsExactly("w", "w_2");
        Tensor x = Toys.drawn(3, 5, 4);
        List<Model> trained = new ArrayList<>();
        List<Double> losses = losses(before, Map.of("x", x, "c", Tensor.of(new boolean[] {false}, 1)), trained);
        assertThat(losses.getLast()).isLessThan(0.9 * losses.getFirst());
        Model after = trained.getFirst();
        Map<String, Tensor> other = Map.of("x", x, "c", Tensor.of(new boolean[] {true}, 1));
        Map<String, Tensor> taken = Map.of("x", x, "c", Tensor.of(new boolean[] {false}, 1));
        assertThat(result(after, other).sameAs(result(before, other))).isTrue();
        assertThat(result(after, taken).sameAs(result(before, taken))).isFalse();
    }

    private static Tensor result(Model model, Map<String, Tensor> inputs) {
        return model.run(inputs).values().iterator().next().asTensor();
    }

    @Test
    void ofALoopAsWrittenOut() {
        Map<String, Tensor> inputs = Map.of("x", Toys.drawn(3, 5, 4));
        List<Model> trained = new ArrayList<>();
        List<Double> byLoop = losses(repeated(true), inputs, trained);
        List<Double> writtenOut = losses(repeated(false), inputs, trained);
        for (int i = 0; i < byLoop.size(); i++) {
            assertThat(byLoop.get(i)).isCloseTo(writtenOut.get(i), org.assertj.core.api.Assertions.within(1e-6));
        }
        assertThat(writtenOut.getLast()).isLessThan(writtenOut.getFirst());
        double[] loop = result(trained.get(0), inputs).toDoubles();
        assertThat(loop)
                .containsExactly(
                        result(trained.get(1), inputs).toDoubles(), org.assertj.core.api.Assertions.within(1e-5));
    }
}
