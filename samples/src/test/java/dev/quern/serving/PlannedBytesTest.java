package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a binding is planned to take is what a run with it allocates.
final class PlannedBytesTest {
    private static final Path MODELS = Path.of("..", "fixtures", "models");

    /// Objects that know where things are, and blocks of fixed size for what is interpreted.
    private static final long BOOKKEEPING = 48 << 10;

    private static final double SHARE = 0.1;

    private static final int FRAMES = 15;

    static Stream<Arguments> bindings() {
        return Stream.of(
                Arguments.of("digits-cnn", new long[] {1, 1, 8, 8}),
                Arguments.of("digits-cnn", new long[] {7, 1, 8, 8}),
                Arguments.of("digits-cnn", new long[] {1000, 1, 8, 8}),
                Arguments.of("digits-cnn-bn", new long[] {500, 1, 8, 8}),
                Arguments.of("digits-mlp", new long[] {3000, 1, 8, 8}),
                Arguments.of("torch-autoencoder", new long[] {300, 1, 16, 16}));
    }

    @ParameterizedTest
    @MethodSource("bindings")
    void isWhatIsAllocated(String name, long[] extents) {
        ModelOptions options = ModelOptions.defaults().threads(1);
        try (Model model = Model.load(MODELS.resolve(name).resolve("model.onnx"), options)) {
            String input = model.inputs().getFirst().name();
            Map<String, long[]> shapes = Map.of(input, extents);
            long planned = model.plannedBytes(shapes).orElseThrow();

            long allocated = allocated(model.program(shapes).orElseThrow(), model.backend());

            assertThat((double) allocated)
                    .as("%s: planned %d, allocated %d", name, planned, allocated)
                    .isBetween((1 - SHARE) * planned, (1 + SHARE) * planned + BOOKKEEPING);
        }
    }

    /// By a frame, the first run on it, and its results; the median of some. What the next run allocates too is no
    /// part of that: it is garbage, as long as the JVM has not compiled the code.
    private static long allocated(Program program, Backend backend) {
        List<Tensor> inputs = program.inputs().stream()
                .map(b -> program.buffers().get(b))
                .map(b -> Tensor.zeros(b.dtype(), b.length()))
                .toList();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Executable executable = backend.compile(program, new Backend.Settings(1, RunControl.NONE))) {
            executable.run(executable.newFrame(), inputs, results(program), RunControl.NONE);
            long[] taken = new long[FRAMES];
            for (int i = 0; i < FRAMES; i++) {
                long start = threads.getCurrentThreadAllocatedBytes();
                Executable.Frame frame = executable.newFrame();
                List<Tensor> outputs = results(program);
                executable.run(frame, inputs, outputs, RunControl.NONE);
                long first = threads.getCurrentThreadAllocatedBytes();
                executable.run(frame, inputs, outputs, RunControl.NONE);
                long second = threads.getCurrentThreadAllocatedBytes();
                taken[i] = first - start - (second - first);
            }
            Arrays.sort(taken);
            return taken[FRAMES / 2];
        }
    }

    private static List<Tensor> results(Program program) {
        return program.outputs().stream().map(PlannedBytesTest::result).toList();
    }

    private static Tensor result(View view) {
        return Tensor.zeros(view.dtype(), Shape.of(view.dims()));
    }
}
