package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.tensor.Tensor;
import org.junit.jupiter.api.Test;

class NewHeadTest {
    private final Model model = Toys.classifier(false, 0);

    @Test
    void drawsTheLastLayerAnew() {
        Model fresh = NewHead.of(model).outputs(5).seed(1).apply();
        Tensor weight = Toys.parameter(fresh, "fc2.weight");
        assertThat(weight.type()).hasToString("f32[5,8]");
        assertThat(Toys.parameter(fresh, "fc2.bias").type()).hasToString("f32[5]");
        double bound = 1 / Math.sqrt(8);
        double largest = 0;
        for (double w : weight.toDoubles()) {
            assertThat(Math.abs(w)).isLessThanOrEqualTo(bound);
            largest = Math.max(largest, Math.abs(w));
        }
        assertThat(largest).isGreaterThan(0.8 * bound);
        assertThat(fresh.run(Toys.drawn(1, 2, 4)).type()).hasToString("f32[2,5]");
        assertThat(Toys.parameter(fresh, "fc1.weight").sameAs(Toys.parameter(model, "fc1.weight")))
                .isTrue();
        assertThat(Toys.sameParameters(
                        fresh, NewHead.of(model).outputs(5).seed(1).apply()))
                .isTrue();
        assertThat(Toys.sameParameters(
                        fresh, NewHead.of(model).outputs(5).seed(2).apply()))
                .isFalse();
    }

    @Test
    void drawsTheLayersThatAreNamed() {
        Model fresh = NewHead.of(model).layers("fc1*", "fc2*").apply();
        for (String name : new String[] {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}) {
            assertThat(Toys.parameter(fresh, name).type())
                    .isEqualTo(Toys.parameter(model, name).type());
            assertThat(Toys.parameter(fresh, name).sameAs(Toys.parameter(model, name)))
                    .as(name)
                    .isFalse();
        }
        assertThatThrownBy(() -> NewHead.of(model).layers("fc9*").apply())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("its layers are [fc1.weight, fc2.weight]");
    }

    @Test
    void otherLayersKeepTheirOutputs() {
        assertThatThrownBy(() -> NewHead.of(model).layers("fc1*").outputs(5).apply())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("cannot have that many outputs");
    }
}
