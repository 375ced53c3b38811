package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Passing;
import dev.quern.op.Products;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Less memory for more work, and the same result.
class MemoryBudgetTest {
    private static final int LAYERS = 16;
    private static final int ROWS = 256;

    /// Many narrow layers: what they give is far more than their weights.
    private static Model deep() {
        GraphBuilder g = new GraphBuilder("deep");
        Value h = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(8))));
        for (int i = 0; i < LAYERS; i++) {
            g.at("layer" + i);
            h = g.apply(new Products.MatMul(), h, g.parameter("w" + i, Toys.drawn(i, 8, 8)));
            h = g.apply(Activations.TANH, h);
            h = g.apply(new Passing.Dropout(0.1, 0), List.of(h)).getFirst();
        }
        g.output("y", h);
        return Model.of(g.build(), Toys.OPTIONS);
    }

    private static final Dataset DATA = Dataset.arrays(Map.of("x", Toys.drawn(100, ROWS, 8)), Toys.drawn(101, ROWS, 8))
            .batched(ROWS);

    private static Trainer trainer(List<Double> losses) {
        return Trainer.of(deep()).loss(Losses.mse()).optimizer(new SGD(10, 0.5)).onStep(p -> losses.add(p.loss()));
    }

    @Test
    void computesTwiceWhatItDoesNotKeep() {
        List<Double> plain = new ArrayList<>();
        Model kept = trainer(plain).fit(DATA, Epochs.of(4));
        DataException refused = catchThrowableOfType(
                DataException.class,
                () -> trainer(new ArrayList<>()).memoryBudget(1).fit(DATA, Epochs.of(1)));
        Matcher bytes =
                Pattern.compile("needs (\\d+) bytes at least, and (\\d+) where").matcher(refused.getMessage());
        assertThat(bytes.find()).as(refused.getMessage()).isTrue();
        long least = Long.parseLong(bytes.group(1));
        long most = Long.parseLong(bytes.group(2));
        assertThat(least).isLessThan(most * 6 / 10);
        List<Double> sparing = new ArrayList<>();
        Model spared = trainer(sparing).memoryBudget(least).fit(DATA, Epochs.of(4));
        assertThat(sparing).isEqualTo(plain);
        assertThat(sparing.getLast()).isLessThan(sparing.getFirst());
        assertThat(Toys.sameParameters(kept, spared)).isTrue();
        List<Double> generous = new ArrayList<>();
        trainer(generous).memoryBudget(most).fit(DATA, Epochs.of(4)).close();
        assertThat(generous).isEqualTo(plain);
    }

    @Test
    void mustBePositive() {
        assertThatThrownBy(() -> Trainer.of(deep()).memoryBudget(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
