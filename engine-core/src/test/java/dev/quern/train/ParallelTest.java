package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.CancelledException;
import dev.quern.graph.Value;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Trainings whose batches several devices share.
class ParallelTest {
    private static final Backend ONE = new ReferenceBackend();

    /// Two parts of 5 rows a batch.
    private static final Dataset ROWS = Toys.rows().batched(10);

    @TempDir
    Path folder;

    private static List<Backend> devices(int count) {
        return Collections.nCopies(count, ONE);
    }

    private static Trainer plain() {
        return Trainer.of(Toys.classifier(false, 0)).optimizer(new SGD(0.1, 0.9));
    }

    private static Trainer random() {
        return Trainer.of(Toys.classifier(true, 0.25))
                .optimizer(new AdamW(0.02))
                .seed(3);
    }

    /// A sum in another order differs by some units of the last place, 6e-8 of numbers below 2, in each of 12
    /// steps.
    private static void assertClose(Model a, Model b) {
        for (Value p : a.graph().parameters()) {
            Tensor x = Toys.parameter(a, p.name());
            Tensor y = Toys.parameter(b, p.name());
            for (int i = 0; i < x.length(); i++) {
                assertThat(x.getDouble(i)).as(p.name()).isCloseTo(y.getDouble(i), within(2e-6));
            }
        }
    }

    private static void assertClose(List<Progress> a, List<Progress> b) {
        assertThat(a).hasSameSizeAs(b);
        for (int i = 0; i < a.size(); i++) {
            assertThat(a.get(i).loss()).isCloseTo(b.get(i).loss(), within(1e-6));
            assertThat(a.get(i).gradientNorm()).isCloseTo(b.get(i).gradientNorm(), within(1e-6));
            assertThat(a.get(i).metrics().keySet()).isEqualTo(b.get(i).metrics().keySet());
            for (String name : a.get(i).metrics().keySet()) {
                assertThat(a.get(i).metrics().get(name))
                        .isCloseTo(b.get(i).metrics().getOrDefault(name, Double.NaN), within(1e-7));
            }
        }
    }

    /// 50 rows in batches of 16 and 2, of 7 and 1: parts of 8 and 8, 6 and 5, 1 and nothing.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void devicesTogetherLearnAsOne(int count) {
        for (int size : new int[] {16, 7}) {
            List<Progress> alone = new ArrayList<>();
            List<Progress> shared = new ArrayList<>();
            Dataset rows = Toys.rows().batched(size);
            Model a = plain().metrics(Metrics.accuracy())
                    .onStep(alone::add)
                    .maxSteps(12)
                    .fit(rows, Epochs.of(3));
            Model b = plain().metrics(Metrics.accuracy())
                    .devices(devices(count))
                    .onStep(shared::add)
                    .maxSteps(12)
                    .fit(rows, Epochs.of(3));
            assertClose(alone, shared);
            assertClose(a, b);
            if (count == 1) {
                assertThat(Toys.sameParameters(a, b)).isTrue();
            }
        }
    }

    @Test
    void whatCountsDifferentlyIsWeightedByIt() {
        Loss loss = Losses.crossEntropy().weights(0.2f, 3, 1).ignoreIndex(2);
        Model a = plain().loss(loss).maxSteps(12).fit(Toys.rows().batched(10), Epochs.of(2));
        Model b = plain().loss(loss)
                .devices(devices(3))
                .maxSteps(12)
                .fit(Toys.rows().batched(10), Epochs.of(2));
        assertClose(a, b);
    }

    @Test
    void clippedAccumulatedAveragedStepsAreThoseOfOneDevice() {
        List<Progress> alone = new ArrayList<>();
        List<Progress> shared = new ArrayList<>();
        Model a = plain().clipNorm(0.1)
                .accumulate(2)
                .average(0.9)
                .onStep(alone::add)
                .fit(Toys.rows().batched(8), Epochs.of(3));
        Model b = plain().clipNorm(0.1)
                .accumulate(2)
                .average(0.9)
                .devices(devices(2))
                .onStep(shared::add)
                .fit(Toys.rows().batched(8), Epochs.of(3));
        assertClose(alone, shared);
        assertClose(a, b);
    }

    /// What is no single program, or cannot be written over in place, travels and gives the same bits.
    @Test
    void optimizersThatTakeAllTogether() {
        for (Optimizer o : List.of(new LBFGS(0.1), new LAMB(0.01))) {
            Model a = plain().optimizer(o).fit(Toys.rows().batched(50), Epochs.of(4));
            Model b = plain().optimizer(o).devices(devices(1)).fit(Toys.rows().batched(50), Epochs.of(4));
            assertThat(Toys.sameParameters(a, b)).as(o.toString()).isTrue();
        }
    }

    @Test
    void theSameTwiceGivesTheSameBits() {
        Model a = random().devices(devices(2)).fit(ROWS, Epochs.of(3));
        Model b = random().devices(List.of(ONE, new ReferenceBackend())).fit(ROWS, Epochs.of(3));
        assertThat(Toys.sameParameters(a, b)).isTrue();
    }

    /// Rows 0 to 7 of a batch of 16 are the first device's; it sees the same rows whatever the others see.
    @Test
    void runningStatisticsAreThoseOfTheFirstDevice() {
        Tensor x = Toys.drawn(11, 16, 4);
        Tensor other = Toys.drawn(11, 16, 4);
        for (int i = 32; i < 64; i++) {
            other.elements().set(i, 5.0 * i);
        }
        Tensor y = Tensor.zeros(DType.I64, 16);
        Model a = random().devices(devices(2))
                .fit(Dataset.arrays(Map.of("x", x), y).batched(16), Epochs.of(1));
        Model b = random().devices(devices(2))
                .fit(Dataset.arrays(Map.of("x", other), y).batched(16), Epochs.of(1));
        assertThat(Toys.parameter(a, "bn.mean").sameAs(Toys.parameter(b, "bn.mean")))
                .isTrue();
        assertThat(Toys.parameter(a, "bn.var").sameAs(Toys.parameter(b, "bn.var")))
                .isTrue();
        assertThat(Toys.sameParameters(a, b)).isFalse();
    }

    @Test
    void replicasAreEqualBitByBit() {
        Faulty first = new Faulty();
        Faulty second = new Faulty();
        random().devices(List.of(first, second)).fit(ROWS, Epochs.of(2));
        int ofParametersAndState = 6 + 2 * 6;
        assertThat(first.elements(ofParametersAndState)).hasSize(3 * (8 * 4 + 8 + 8 + 8 + 3 * 8 + 3));
        assertThat(second.elements(ofParametersAndState)).isEqualTo(first.elements(ofParametersAndState));
    }

    @Test
    void aTrainingThatIsInterruptedGoesOnToTheSameBits() {
        Model whole = random().average(0.9).devices(devices(2)).fit(ROWS, Epochs.of(3));
        Trainer stopped = random().average(0.9)
                .devices(devices(2))
                .checkpoint(folder, 100)
                .onStep(p -> {
                    if (p.step() == 6) {
                        Thread.currentThread().interrupt();
                    }
                });
        assertThatThrownBy(() -> stopped.fit(ROWS, Epochs.of(3))).isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThatThrownBy(() -> random().average(0.9).resume(folder).fit(ROWS, Epochs.of(3)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("on 2 devices");
        Model resumed = random().average(0.9).devices(devices(2)).resume(folder).fit(ROWS, Epochs.of(3));
        assertThat(Toys.sameParameters(whole, resumed)).isTrue();
    }

    /// A row of the second device's overflows in f16 with the first scale, and no row of the first one's.
    @Test
    void anOverflowOnOneDeviceScalesTheLossDownOnAll() {
        Tensor x = Toys.drawn(12, 8, 4);
        for (int i = 28; i < 32; i++) {
            x.elements().set(i, 200);
        }
        Dataset rows =
                Dataset.arrays(Map.of("x", x), Tensor.zeros(DType.I64, 8)).batched(8);
        plain().mixedPrecision(DType.F16).checkpoint(folder.resolve("one"), 1).fit(rows, Epochs.of(3));
        plain().mixedPrecision(DType.F16)
                .devices(devices(2))
                .checkpoint(folder.resolve("two"), 1)
                .fit(rows, Epochs.of(3));
        Tensor one = scale("one");
        assertThat(one.getDouble(0)).isLessThan(65536);
        assertThat(scale("two").sameAs(one)).isTrue();
    }

    private Tensor scale(String name) {
        return java.util.Objects.requireNonNull(new CheckpointFolder(folder.resolve(name))
                .latest()
                .orElseThrow()
                .variables()
                .get("loss_scale"));
    }

    @Test
    void aDivergedPartNamesItsDeviceAndChangesNothing() {
        Tensor x = Toys.drawn(12, 8, 4);
        x.elements().set(30, Double.NaN);
        Dataset rows =
                Dataset.arrays(Map.of("x", x), Tensor.zeros(DType.I64, 8)).batched(8);
        assertThatThrownBy(() -> plain().devices(devices(2)).fit(rows, Epochs.of(1)))
                .isInstanceOf(DivergedException.class)
                .hasMessageContaining("step 1: on reference the loss is NaN");
    }

    @Test
    void aDeviceThatIsLostLeavesTheLastCheckpoint() {
        Model whole = random().devices(devices(2)).fit(ROWS, Epochs.of(3));
        for (int runs : new int[] {12, 13, 14, 15, 16}) {
            Path here = folder.resolve("after" + runs);
            List<Backend> two = List.of(ONE, new Faulty.Lost(runs));
            assertThatThrownBy(() -> random().devices(two).checkpoint(here, 1).fit(ROWS, Epochs.of(3)))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("lost");
            Model resumed = random().devices(devices(2)).resume(here).fit(ROWS, Epochs.of(3));
            assertThat(Toys.sameParameters(whole, resumed)).as("%s runs", runs).isTrue();
        }
    }

    @Test
    void replicasThatDriftApartAreNoticed() {
        assertThatThrownBy(() -> plain().devices(List.of(ONE, new Faulty.Drifting()))
                        .checkpoint(folder, 2)
                        .fit(ROWS, Epochs.of(3)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("are not those on");
    }

    @Test
    void whatCannotBeSharedIsSaid() {
        Dataset.Batch batch = new Dataset.Batch(Map.of("x", Toys.drawn(1, 4, 4)), Tensor.zeros(DType.I64, 4));
        Dataset given = Dataset.ofBatches(List.of(batch));
        assertThatThrownBy(() -> plain().devices(devices(2)).fit(given, Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cannot be shared among 2 devices");
        plain().devices(devices(1)).fit(given, Epochs.of(1));
        assertThatThrownBy(() -> plain().devices("reference:1"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("one device");
        assertThatThrownBy(() -> plain().devices("reference:x"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("like cuda:0");
        assertThatThrownBy(() -> plain().devices(List.of(ONE, new Faulty.Renamed())))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("reference and another");
    }
}
