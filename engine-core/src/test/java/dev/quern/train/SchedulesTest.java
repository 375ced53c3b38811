package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Learning rates step by step, and what the optimizer makes of them.
final class SchedulesTest {
    private static List<Double> rates(Schedule schedule, int steps) {
        List<Double> rates = new ArrayList<>();
        for (int step = 1; step <= steps; step++) {
            rates.add(schedule.at(step, steps));
        }
        return rates;
    }

    @Test
    void constantStays() {
        assertThat(rates(Schedules.constant(), 3)).containsExactly(1.0, 1.0, 1.0);
    }

    @Test
    void linearFallsToZeroAfterTheLastStep() {
        assertThat(rates(Schedules.linear(0), 4)).containsExactly(1.0, 0.75, 0.5, 0.25);
        assertThat(rates(Schedules.linear(2), 6)).containsExactly(0.5, 1.0, 1.0, 0.75, 0.5, 0.25);
    }

    /// As PyTorch's `CosineAnnealingLR(T_max=steps)` counts: (1 + cos(π · t / T)) / 2 for t = 0, 1 …
    @Test
    void cosineIsHalfAtHalfTime() {
        List<Double> rates = rates(Schedules.cosine(0), 8);
        for (int t = 0; t < 8; t++) {
            assertThat(rates.get(t)).isCloseTo((1 + Math.cos(Math.PI * t / 8)) / 2, within(1e-15));
        }
        assertThat(rates.get(4)).isCloseTo(0.5, within(1e-15));
        assertThat(rates(Schedules.cosine(4), 12).subList(0, 4)).containsExactly(0.25, 0.5, 0.75, 1.0);
    }

    /// As PyTorch's `StepLR(step_size=3, gamma=0.1)`.
    @Test
    void stepsFallByAFactor() {
        assertThat(rates(Schedules.steps(3, 0.5), 7)).containsExactly(1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25);
        assertThatThrownBy(() -> Schedules.steps(0, 0.5)).isInstanceOf(IllegalArgumentException.class);
    }

    /// SGD moves in proportion to the rate, so a first step at half the rate goes half as far.
    @Test
    void theTrainerFollowsItsSchedule() {
        List<Double> told = new ArrayList<>();
        Model before = Toys.classifier(false, 0);
        Trainer.of(before)
                .optimizer(new SGD(0.5))
                .schedule(Schedules.linear(2))
                .maxSteps(4)
                .onStep(p -> told.add(p.learningRate()))
                .fit(Toys.rows(), Epochs.of(1));
        assertThat(told).containsExactly(0.25, 0.5, 0.5, 0.25);

        Model half = first(before, Schedules.warmedUp(2, Schedules.constant()));
        Model full = first(before, Schedules.constant());
        for (String name : List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")) {
            Tensor from = Toys.parameter(before, name);
            for (int i = 0; i < from.length(); i++) {
                double whole = Toys.parameter(full, name).getDouble(i) - from.getDouble(i);
                assertThat(Toys.parameter(half, name).getDouble(i) - from.getDouble(i))
                        .isCloseTo(whole / 2, within(1e-7));
            }
        }
    }

    private static Model first(Model model, Schedule schedule) {
        return Trainer.of(model)
                .optimizer(new SGD(0.5))
                .schedule(schedule)
                .maxSteps(1)
                .fit(Toys.rows(), Epochs.of(1));
    }

    /// As in PyTorch's `AdamW(model.parameters())`: biases decay too.
    @Test
    void adamWDecaysEveryParameter() {
        double rate = 0.01;
        double decay = 0.5;
        Model before = Toys.classifier(false, 0);
        Model plain = step(before, new AdamW(rate, 0.9, 0.999, 1e-8, 0));
        Model decayed = step(before, new AdamW(rate, 0.9, 0.999, 1e-8, decay));
        for (String name : List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")) {
            Tensor from = Toys.parameter(before, name);
            for (int i = 0; i < from.length(); i++) {
                double less = Toys.parameter(plain, name).getDouble(i)
                        - Toys.parameter(decayed, name).getDouble(i);
                assertThat(less).as(name).isCloseTo(rate * decay * from.getDouble(i), within(1e-7));
            }
        }
    }

    private static Model step(Model model, Optimizer optimizer) {
        return Trainer.of(model).optimizer(optimizer).maxSteps(1).fit(Toys.rows(), Epochs.of(1));
    }

    /// A gradient that is short enough is left as it is, to the bit.
    @Test
    void clippingLeavesShortGradientsAlone() {
        Model before = Toys.classifier(false, 0);
        Model free = Trainer.of(before).optimizer(new SGD(0.1)).fit(Toys.rows(), Epochs.of(1));
        Model clipped = Trainer.of(before).optimizer(new SGD(0.1)).clipNorm(1e6).fit(Toys.rows(), Epochs.of(1));
        assertThat(Toys.sameParameters(free, clipped)).isTrue();
    }

    /// A batch that holds no number stops the training before it is applied.
    @Test
    void whatIsNoNumberIsFoundBeforeTheUpdate(@TempDir Path folder) {
        Dataset rows = Toys.rows();
        Tensor x = rows.inputs().get("x");
        Tensor spoilt = Tensor.zeros(x.dtype(), x.shape());
        System.arraycopy(x.array(), 0, spoilt.array(), 0, x.length());
        ((float[]) spoilt.array())[4 * 40] = Float.NaN;
        Dataset bad = Dataset.arrays(Map.of("x", spoilt), rows.label()).batched(16);
        Dataset good = Dataset.arrays(Map.of("x", x), rows.label()).batched(16);
        Trainer trainer =
                Trainer.of(Toys.classifier(false, 0)).optimizer(new AdamW(0.02)).checkpoint(folder, 1);
        assertThatThrownBy(() -> trainer.fit(bad, Epochs.of(1)))
                .isInstanceOfSatisfying(
                        DivergedException.class, e -> assertThat(e.step()).isEqualTo(3));
        Model untouched = Trainer.of(Toys.classifier(false, 0))
                .optimizer(new AdamW(0.02))
                .maxSteps(2)
                .fit(good, Epochs.of(1));
        Checkpoint last = new CheckpointFolder(folder).latest().orElseThrow();
        assertThat(last.step()).isEqualTo(2);
        assertThat(last.variables().get("fc1.weight").sameAs(Toys.parameter(untouched, "fc1.weight")))
                .isTrue();
    }
}
