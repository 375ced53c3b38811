package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quern.graph.Value;
import dev.quern.session.BoundRun;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A bound run of a warm model leaves nothing to the garbage collector but a few small objects, whatever it consists
/// of:
/// convolutions, products, Maps, reductions, recurrent layers, attention.
final class BoundAllocationTest {
    private static final int MOST_BYTES = 1024;

    private static final int RUNS = 200;

    /// The compiler may be at work for seconds.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Stream<Arguments> models() {
        return Stream.of(
                Arguments.of("digits-cnn", new long[] {5, 1, 8, 8}),
                Arguments.of("digits-mlp", new long[] {1, 1, 8, 8}),
                Arguments.of("keras-digits", new long[] {3, 8, 8, 1}),
                Arguments.of("torch-autoencoder", new long[] {1, 1, 16, 16}),
                Arguments.of("torch-recurrent", new long[] {2, 5, 6}),
                Arguments.of("torch-encoder-dynamo", new long[] {2, 7}));
    }

    @ParameterizedTest
    @MethodSource("models")
    void leavesLittleBehind(String name, long[] extents) throws InterruptedException {
        Path file = Path.of("..", "fixtures", "models", name, "model.onnx");
        try (Model model = Model.load(file, ModelOptions.defaults().threads(1))) {
            Value input = model.inputs().getFirst();
            Map<String, Tensor> inputs = Map.of(input.name(), Tensor.zeros(input.dtype(), extents));
            Map<String, Tensor> outputs = new HashMap<>();
            Map<String, Datum> expected = model.run(inputs);
            expected.forEach((output, value) -> outputs.put(output, zerosLike(value.asTensor())));
            BoundRun run = model.bind(inputs, outputs);
            run.run();
            outputs.forEach((output, value) -> assertThat(
                            value.sameAs(expected.get(output).asTensor()))
                    .as(output)
                    .isTrue());
            model.warmUp(Map.of(input.name(), extents));

            long end = System.nanoTime() + PATIENCE.toNanos();
            long least = Long.MAX_VALUE;
            while (least >= MOST_BYTES && System.nanoTime() < end) {
                least = Math.min(least, each(run));
            }
            assertThat(least).as("bytes a run").isLessThan(MOST_BYTES);
        }
    }

    private static Tensor zerosLike(Tensor tensor) {
        return Tensor.zeros(tensor.dtype(), tensor.shape());
    }

    private long each(BoundRun run) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < RUNS; i++) {
            run.run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / RUNS;
    }
}
