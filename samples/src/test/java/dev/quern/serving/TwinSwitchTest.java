package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.cpu.CpuBackend;
import dev.quern.cpu.Tier;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two threads run one model, each with shapes of its own, while the fast kernels of a backend that is new are warmed
/// and switched in: every result has the bits that one thread with plain kernels gives.
final class TwinSwitchTest {
    /// Runs of each caller after the fast kernels are in.
    private static final int RUNS_AFTER = 10;

    @TempDir
    static Path folder;

    @Test
    void convolutionalModel() throws Exception {
        List<Map<String, Tensor>> inputs = new ArrayList<>();
        for (int batch : new int[] {1, 5, 33, 64}) {
            inputs.add(Map.of("x", Digits.noise(batch, batch)));
        }
        staysTheSame(Digits.CNN, inputs);
    }

    @Test
    void transformer() throws Exception {
        Path file = folder.resolve("minilm.onnx");
        try (InputStream resource = TwinSwitchTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
            assertThat(resource).isNotNull();
            Files.copy(resource, file);
        }
        staysTheSame(file, List.of(tokens(1, 7), tokens(2, 12), tokens(1, 31)));
    }

    private static void staysTheSame(Path file, List<Map<String, Tensor>> inputs) throws Exception {
        List<Map<String, Datum>> expected = new ArrayList<>();
        try (Backend plain = new CpuBackend(Tier.PLAIN, 1);
                Model alone =
                        Model.load(file, ModelOptions.defaults().backend(plain).threads(1))) {
            inputs.forEach(in -> expected.add(alone.run(in)));
        }
        AtomicBoolean fast = new AtomicBoolean();
        try (Backend vector = new CpuBackend(Tier.VECTOR, 2);
                Model model =
                        Model.load(file, ModelOptions.defaults().backend(vector).threads(2));
                ExecutorService callers = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> ends = new ArrayList<>();
            for (int caller = 0; caller < 2; caller++) {
                int first = caller;
                ends.add(callers.submit(() -> {
                    int before = 0;
                    int after = 0;
                    for (int i = first; after < RUNS_AFTER; i++) {
                        boolean wasFast = fast.get();
                        int at = i % inputs.size();
                        requireSame(model.run(inputs.get(at)), expected.get(at));
                        before += wasFast ? 0 : 1;
                        after += wasFast ? 1 : 0;
                    }
                    return before;
                }));
            }
            try {
                for (Map<String, Tensor> in : inputs) {
                    model.warmUp(extents(in));
                }
            } finally {
                fast.set(true);
            }
            for (Future<Integer> end : ends) {
                assertThat(end.get()).as("runs before the fast kernels were in").isPositive();
            }
        }
    }

    private static void requireSame(Map<String, Datum> actual, Map<String, Datum> expected) {
        expected.forEach((name, datum) -> assertThat(actual.get(name).asTensor().sameAs(datum.asTensor()))
                .as(name)
                .isTrue());
    }

    private static Map<String, long[]> extents(Map<String, Tensor> inputs) {
        Map<String, long[]> extents = new java.util.HashMap<>();
        inputs.forEach((name, t) -> extents.put(name, t.shape().extents()));
        return extents;
    }

    private static Map<String, Tensor> tokens(int batch, int length) {
        long[] ids = new Random(length).longs((long) batch * length, 1, 30_522).toArray();
        long[] mask = new long[ids.length];
        java.util.Arrays.fill(mask, 1);
        return Map.of(
                "input_ids", Tensor.of(ids, batch, length),
                "attention_mask", Tensor.of(mask, batch, length),
                "token_type_ids", Tensor.zeros(DType.I64, Shape.of(batch, length)));
    }
}
