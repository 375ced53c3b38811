package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.backend.CancelledException;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The course of a training: accumulation, groups, averages, validation, its end.
class CourseTest {
    @TempDir
    Path folder;

    private static Trainer trainer() {
        return Trainer.of(Toys.classifier(true, 0.25))
                .optimizer(new AdamW(0.02))
                .seed(3);
    }

    private static void assertClose(Model a, Model b, double tolerance) {
        for (Value p : a.graph().parameters()) {
            Tensor x = Toys.parameter(a, p.name());
            Tensor y = Toys.parameter(b, p.name());
            for (int i = 0; i < x.length(); i++) {
                assertThat(x.getDouble(i)).as(p.name()).isCloseTo(y.getDouble(i), within(tolerance));
            }
        }
    }

    @Test
    void twoHalvesMakeOneBatch() {
        List<Progress> whole = new ArrayList<>();
        List<Progress> halves = new ArrayList<>();
        Model a = Trainer.of(Toys.classifier(false, 0))
                .optimizer(new SGD(0.5))
                .clipNorm(0.1)
                .onStep(whole::add)
                .fit(rows(48).batched(16), Epochs.of(2));
        Model b = Trainer.of(Toys.classifier(false, 0))
                .optimizer(new SGD(0.5))
                .clipNorm(0.1)
                .accumulate(2)
                .onStep(halves::add)
                .fit(rows(48).batched(8), Epochs.of(2));
        assertThat(halves).hasSize(6);
        for (int i = 0; i < 6; i++) {
            assertThat(halves.get(i).loss()).isCloseTo(whole.get(i).loss(), within(1e-6));
            assertThat(halves.get(i).gradientNorm()).isCloseTo(whole.get(i).gradientNorm(), within(1e-6));
        }
        assertClose(a, b, 1e-6);
    }

    private static Dataset rows(int count) {
        Dataset all = Toys.rows();
        Tensor x = Tensor.zeros(dev.quern.tensor.DType.F32, count, 4);
        System.arraycopy(all.inputs().get("x").array(), 0, x.array(), 0, 4 * count);
        Tensor y = Tensor.zeros(dev.quern.tensor.DType.I64, count);
        System.arraycopy(all.label().array(), 0, y.array(), 0, count);
        return Dataset.arrays(Map.of("x", x), y);
    }

    @Test
    void anAccumulatedStepThatIsInterruptedBeginsAnew() {
        Dataset rows = Toys.rows().batched(8);
        Model whole = trainer().accumulate(3).fit(rows, Epochs.of(3));
        int[] batches = {0};
        Metric interrupting = Metrics.accuracy();
        Trainer stopped = trainer()
                .accumulate(3)
                .metrics(interrupting)
                .checkpoint(folder, 100)
                .onStep(p -> {
                    batches[0]++;
                    if (p.step() == 4) {
                        Thread.currentThread().interrupt();
                    }
                });
        assertThatThrownBy(() -> stopped.fit(rows, Epochs.of(3))).isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(batches[0]).isEqualTo(4);
        Model resumed = trainer().accumulate(3).resume(folder).fit(rows, Epochs.of(3));
        assertThat(Toys.sameParameters(whole, resumed)).isTrue();
        assertThatThrownBy(() -> trainer().resume(folder).fit(rows, Epochs.of(3)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("3 a step");
    }

    @Test
    void groupsMoveByTheirOwnOptimizer() {
        Model before = Toys.classifier(false, 0);
        Model after = Trainer.of(before)
                .optimizer(new SGD(0.1))
                .optimizer(new SGD(0), "fc1.*")
                .optimizer(new SGD(0.2), "fc1.bias", "*.bias")
                .maxSteps(1)
                .fit(Toys.rows(), Epochs.of(1));
        Model plain = Trainer.of(before).optimizer(new SGD(0.1)).maxSteps(1).fit(Toys.rows(), Epochs.of(1));
        assertThat(Toys.parameter(after, "fc1.bias").sameAs(Toys.parameter(before, "fc1.bias")))
                .isTrue();
        assertThat(Toys.parameter(after, "fc1.weight").sameAs(Toys.parameter(before, "fc1.weight")))
                .isTrue();
        assertThat(Toys.parameter(after, "fc2.weight").sameAs(Toys.parameter(plain, "fc2.weight")))
                .isTrue();
        Tensor was = Toys.parameter(before, "fc2.bias");
        for (int i = 0; i < 3; i++) {
            double doubled = 2 * (Toys.parameter(plain, "fc2.bias").getDouble(i) - was.getDouble(i));
            assertThat(Toys.parameter(after, "fc2.bias").getDouble(i) - was.getDouble(i))
                    .isCloseTo(doubled, within(1e-7));
        }
    }

    @Test
    void averagesFollowTheParameters() {
        double decay = 0.9;
        Trainer averaged =
                Trainer.of(Toys.classifier(false, 0)).optimizer(new SGD(0.3)).average(decay);
        double expected = Double.NaN;
        for (int steps = 1; steps <= 5; steps++) {
            Model now = Trainer.of(Toys.classifier(false, 0))
                    .optimizer(new SGD(0.3))
                    .maxSteps(steps)
                    .fit(Toys.rows(), Epochs.of(2));
            double p = Toys.parameter(now, "fc2.weight").getDouble(7);
            expected = steps == 1 ? p : decay * expected + (1 - decay) * p;
            Model got = averaged.maxSteps(steps).fit(Toys.rows(), Epochs.of(2));
            assertThat(Toys.parameter(got, "fc2.weight").getDouble(7)).isCloseTo(expected, within(1e-6));
        }
    }

    @Test
    void givesTheModelOfTheBestEpochAndEndsWhenThereIsNoBetter() {
        List<EpochEnd> ends = new ArrayList<>();
        Trainer trainer = Trainer.of(Toys.classifier(false, 0))
                .optimizer(new SGD(30))
                .metrics(Metrics.accuracy())
                .validate(rows(30), 2, ends::add);
        Model best = trainer.fit(Toys.rows(), Epochs.of(40));
        assertThat(ends).hasSizeLessThan(40);
        assertThat(ends.subList(ends.size() - 2, ends.size())).noneMatch(EpochEnd::isBest);
        double lowest = ends.stream().mapToDouble(EpochEnd::loss).min().orElseThrow();
        Metric loss = new Metric("loss", Losses.crossEntropy()::of);
        assertThat(Evaluation.of(best, rows(30), loss)).isCloseTo(lowest, within(1e-6));
        assertThat(ends.getFirst().metrics()).containsOnlyKeys("accuracy");
    }

    @Test
    void aResumedValidationRemembersTheBestEpoch() {
        List<EpochEnd> unbroken = new ArrayList<>();
        Model whole = trainer().validate(rows(30), 3, unbroken::add).fit(Toys.rows(), Epochs.of(6));
        List<EpochEnd> ends = new ArrayList<>();
        trainer()
                .validate(rows(30), 3, ends::add)
                .checkpoint(folder, 100)
                .maxSteps(10)
                .fit(Toys.rows(), Epochs.of(6));
        Model resumed =
                trainer().validate(rows(30), 3, ends::add).resume(folder).fit(Toys.rows(), Epochs.of(6));
        assertThat(ends).isEqualTo(unbroken);
        assertThat(Toys.sameParameters(whole, resumed)).isTrue();
    }

    @Test
    void endsWhenItsTimeIsOver() {
        List<Progress> steps = new ArrayList<>();
        Trainer trainer =
                trainer().maxTime(Duration.ofMillis(300)).onStep(steps::add).checkpoint(folder, 1_000_000);
        trainer.fit(Toys.rows(), Epochs.of(1_000_000));
        assertThat(steps).isNotEmpty();
        assertThat(new CheckpointFolder(folder).latest().orElseThrow().step())
                .isEqualTo(steps.getLast().step());
        assertThat(steps.getLast().seconds()).isLessThan(10);
    }

    @Test
    void namesTheNodeWhereNumbersEnd() {
        assertThatThrownBy(() -> Trainer.of(Toys.classifier(false, 0))
                        .optimizer(new SGD(1e38))
                        .fit(Toys.rows(), Epochs.of(4)))
                .isInstanceOf(DivergedException.class)
                .hasMessageContaining("the first values that are no finite numbers come from")
                .hasMessageContaining("\"fc");
    }
}
