package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.ArgReduce;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.Products;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is said of models whose parameters no gradient reaches, and what can be done then.
class NothingToTrainTest {
    private static final Dataset ROWS = Dataset.arrays(Map.of("x", Toys.drawn(1, 5, 4)), Toys.drawn(2, 5, 3));

    private static Trainer trainer(Model m) {
        return Trainer.of(m).loss(Losses.mse()).optimizer(new SGD(0.1));
    }

    /// A vote: each of two products names a class, and what counts is the weight of the vote, a single number.
    private static Model vote() {
        GraphBuilder g = new GraphBuilder("vote");
        Value x = g.input("x", Type.tensor(DType.F32, 5, 4));
        Value sum = g.scalar(DType.F32, 0);
        for (int i = 0; i < 2; i++) {
            Value scores =
                    g.at("scores" + i).apply(new Products.MatMul(), x, g.parameter("w" + i, Toys.drawn(i, 4, 3)));
            Value best = g.at("best" + i).apply(new ArgReduce(true, 1, true, false), scores);
            Value number = g.apply(new Casting.Cast(DType.F32), best);
            sum = g.apply(Arithmetic.ADD, sum, g.apply(Arithmetic.MUL, number, g.parameter("vote" + i, one())));
        }
        g.output("sum", sum);
        return Model.of(g.build(), Toys.OPTIONS);
    }

    private static Tensor one() {
        return Tensor.scalar(DType.F32, 1);
    }

    @Test
    void namesTheNodesWhereGradientsEnd() {
        Dataset rows = Dataset.arrays(Map.of("x", Toys.drawn(1, 5, 4)), Toys.drawn(2, 5, 1));
        Model model = vote();
        assertThat(Trainer.of(model).report().ends()).containsExactly("ArgMax \"best0\"", "ArgMax \"best1\"");
        assertThatThrownBy(() -> trainer(model).fit(rows, Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no gradient of what the loss judges reaches w0, w1: it ends at ArgMax \"best0\"")
                .hasMessageContaining("(also-train): vote0, vote1");
    }

    @Test
    void trainsSingleNumbersThatAreNamed() {
        Dataset rows = Dataset.arrays(Map.of("x", Toys.drawn(1, 5, 4)), Toys.drawn(2, 5, 1));
        Model model = vote();
        Trainer trainer = trainer(model).alsoTrain("*1");
        assertThat(trainer.report().trainable())
                .extracting(TrainingReport.Parameter::name)
                .containsExactly("vote1");
        Model after = trainer.fit(rows.batched(5), Epochs.of(1));
        assertThat(Toys.parameter(after, "vote0").sameAs(one())).isTrue();
        assertThat(Toys.parameter(after, "vote1").sameAs(one())).isFalse();
        assertThatThrownBy(() -> Trainer.of(model).alsoTrain("w?").report())
                .isInstanceOf(DataException.class)
                .hasMessage("no single number to train is called \"w?\"; there are [vote0, vote1]");
    }

    @Test
    void judgesTheFirstOutputThatDependsOnWeights() {
        GraphBuilder g = new GraphBuilder("two outputs");
        Value x = g.input("x", Type.tensor(DType.F32, 5, 4));
        g.output("plain", g.apply(Activations.RELU, x));
        g.output("scores", g.apply(new Products.MatMul(), x, g.parameter("w", Toys.drawn(1, 4, 3))));
        Model model = Model.of(g.build(), Toys.OPTIONS);
        assertThat(trainer(model).judged()).isEqualTo("scores");
        Model after = trainer(model).fit(ROWS.batched(5), Epochs.of(1));
        assertThat(Toys.parameter(after, "w").sameAs(Toys.parameter(model, "w")))
                .isFalse();
        Dataset plain = Dataset.arrays(Map.of("x", Toys.drawn(1, 5, 4)), Toys.drawn(2, 5, 4));
        assertThatThrownBy(() -> trainer(model).output("plain").fit(plain, Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessage("the model has nothing to train: no gradient of what the loss judges reaches w:"
                        + " judge another output");
    }

    @Test
    void namesTheNodesWhoseWeightsAreIntegers() {
        GraphBuilder g = new GraphBuilder("quantised");
        Value x = g.input("x", Type.tensor(DType.F32, 5, 4));
        Value w = g.at("wide")
                .apply(
                        new DequantizeLinear(DType.F32),
                        g.parameter("w", Tensor.zeros(DType.I8, 4, 3)),
                        g.scalar(DType.F32, 0.1),
                        g.scalar(DType.I8, 0));
        g.output("scores", g.apply(new Products.MatMul(), x, w));
        Model model = Model.of(g.build(), Toys.OPTIONS);
        assertThatThrownBy(() -> trainer(model).fit(ROWS, Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the weights of DequantizeLinear \"wide\" are integers: train the model of"
                        + " floats that was quantised");
    }
}
