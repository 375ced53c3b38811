package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.backend.AllReduce;
import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.gpu.driver.Libraries;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Products;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Progress;
import dev.quern.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Trainings on the two devices of the [StandIn], whose gradients its NCCL sums.
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
@Timeout(60)
class ParallelTrainingTest {
    private static final String SECONDS = "quern.cuda.collectiveSeconds";
    private static final Dataset ROWS = rows();

    @TempDir
    Path folder;

    private Backend first;
    private Backend second;

    @BeforeEach
    void begin() {
        first = backend(0, StandIn.libraries());
        second = backend(1, StandIn.libraries());
    }

    @AfterEach
    void end() {
        StandIn.lose(-1);
        StandIn.failCollectives(0);
        System.clearProperty(SECONDS);
        first.close();
        second.close();
        assertThat(StandIn.communicators()).isZero();
    }

    private static Backend backend(int device, Libraries libraries) {
        return new CudaBackend(StandIn.device(device), libraries);
    }

    private static Tensor drawn(Random random, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextFloat() - 0.5f);
        }
        return t;
    }

    private static Dataset rows() {
        Tensor x = drawn(new Random(1), 25, 4);
        Tensor y = Tensor.zeros(DType.I64, 25);
        for (int i = 0; i < 25; i++) {
            y.elements().set(i, x.getDouble(4 * i) > 0 ? 1 : 0);
        }
        return Dataset.arrays(Map.of("x", x), y).batched(9);
    }

    private Trainer trainer() {
        Random random = new Random(2);
        GraphBuilder g = new GraphBuilder("classifier");
        Products.Gemm linear = new Products.Gemm(1, 1, false, true);
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(4))));
        Value h = g.apply(
                Activations.RELU,
                g.apply(linear, x, g.parameter("w1", drawn(random, 8, 4)), g.parameter("b1", drawn(random, 8))));
        g.output("y", g.apply(linear, h, g.parameter("w2", drawn(random, 2, 8)), g.parameter("b2", drawn(random, 2))));
        return Trainer.of(Model.of(g.build(), ModelOptions.defaults().backend(first)))
                .optimizer(new AdamW(0.01));
    }

    private static List<Tensor> parameters(Model model) {
        return model.graph().parameters().stream()
                .map(v -> v.constant().orElseThrow())
                .toList();
    }

    private static void assertSame(Model a, Model b) {
        for (int i = 0; i < parameters(a).size(); i++) {
            assertThat(parameters(a).get(i).sameAs(parameters(b).get(i))).isTrue();
        }
    }

    /// 9 steps of batches of 9, 9 and 7 rows. The stand-in adds in the order of the ranks, as the processor does.
    @Test
    void ncclSumsWhatTheDevicesHave() {
        long before = StandIn.sums();
        List<Progress> shared = new ArrayList<>();
        List<Progress> alone = new ArrayList<>();
        Model by = trainer().devices(List.of(first, second)).onStep(shared::add).fit(ROWS, Epochs.of(3));
        assertThat(StandIn.sums() - before).isEqualTo(9L * 4);
        Backend without = backend(0, Libraries.in(List.of(folder)));
        Model host = trainer().devices(List.of(without, second)).fit(ROWS, Epochs.of(3));
        assertThat(StandIn.sums() - before).isEqualTo(9L * 4);
        assertSame(by, host);
        trainer().onStep(alone::add).fit(ROWS, Epochs.of(3));
        assertThat(shared).hasSize(9);
        for (int i = 0; i < 9; i++) {
            assertThat(shared.get(i).loss()).isCloseTo(alone.get(i).loss(), within(1e-6));
        }
        without.close();
    }

    @Test
    void theReasonWhyNcclDoesNotSum() throws IOException {
        assertThat(reason(first, second, Libraries.in(List.of(folder))))
                .contains("no libnccl.so.2", "nvidia-nccl-cu12");
        assertThat(reason(first, first, StandIn.libraries())).contains("each device once");
        StandIn.failCollectives(1);
        assertThat(reason(first, second, StandIn.libraries())).contains("NCCL 2.6.4", "2.7 or newer");
        StandIn.failCollectives(2);
        assertThat(reason(first, second, StandIn.libraries()))
                .contains("ncclCommInitAll said 1, unhandled cuda error", "NCCL_DEBUG");
        Files.copy(StandIn.folder().resolve("libnvrtc.so.13"), folder.resolve("libnccl.so.2"));
        assertThat(reason(first, second, Libraries.in(List.of(folder))))
                .contains("lacks ncclGetVersion", "another version");
    }

    private static String reason(Backend a, Backend b, Libraries libraries) {
        AllReduce.Offer offer = NcclSum.offer(List.of(a, b), libraries);
        return offer instanceof AllReduce.None(String reason) ? reason : "";
    }

    @Test
    void aSumThatFailsLeavesTheLastCheckpoint() {
        brokenAfterTwoSteps(() -> StandIn.failCollectives(3), "not summed: ncclAllReduce said 1, unhandled cuda error");
    }

    @Test
    void aSumThatHangsEnds() {
        System.setProperty(SECONDS, "1");
        brokenAfterTwoSteps(() -> StandIn.failCollectives(4), "within 1 s, Stand-in: unhandled cuda error");
    }

    @Test
    void aDeviceThatIsLostEndsTheTraining() {
        brokenAfterTwoSteps(() -> StandIn.lose(1), "the device is lost");
    }

    @Test
    void theFirstDeviceThatIsLostEndsTheTraining() {
        brokenAfterTwoSteps(() -> StandIn.lose(0), "the device is lost");
    }

    private void brokenAfterTwoSteps(Runnable trouble, String said) {
        Model whole = trainer().devices(List.of(first, second)).fit(ROWS, Epochs.of(2));
        Consumer<Progress> after = p -> {
            if (p.step() == 3) {
                trouble.run();
            }
        };
        assertThatThrownBy(() -> trainer()
                        .devices(List.of(first, second))
                        .checkpoint(folder, 2)
                        .onStep(after)
                        .fit(ROWS, Epochs.of(2)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining(said);
        StandIn.lose(-1);
        StandIn.failCollectives(0);
        Model resumed = trainer().devices(List.of(first, second)).resume(folder).fit(ROWS, Epochs.of(2));
        assertSame(whole, resumed);
    }

    @Test
    void nothingStaysAlive() {
        trainer().devices(List.of(first, second)).fit(ROWS, Epochs.of(1));
        List<Long> before = StandIn.alive();
        trainer().devices(List.of(first, second)).fit(ROWS, Epochs.of(1));
        List<Long> after = StandIn.alive();
        // arrays and pinned pieces are kept for the next that asks; programs are the backend's
        int streams = 2;
        int events = 3;
        int graphs = 5;
        for (int kind : new int[] {streams, events, graphs}) {
            assertThat(after.get(kind)).as("kind %s", kind).isLessThanOrEqualTo(before.get(kind));
        }
    }

    @Test
    void devicesAreFoundByTheirNumbers() {
        assertThat(Discovery.find(StandIn.libraries(), 1)).isInstanceOfSatisfying(Availability.Available.class, a -> {
            assertThat(a.devices()).hasSize(3);
            assertThat(a.devices().getLast()).endsWith("summed by NCCL 2.27.5");
            a.backend().close();
        });
        assertThat(Discovery.find(StandIn.libraries(), 2))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.reason() + u.remedy()).contains("no CUDA device 2", "cuda:0 to cuda:1"));
    }
}
