package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Backends;
import dev.quern.backend.CancelledException;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting.Cast;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Softmaxes.Softmax;
import dev.quern.session.BoundRun;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Models on a device as a server uses them: changing shapes, several threads, closed in the middle of a run; and what
/// they leave on the device.
@EnabledIf(
        value = "dev.quern.opencl.DeviceConformance#hasDevice",
        disabledReason = "no OpenCL device here: install pocl-opencl-icd and ocl-icd-libopencl1")
class ModelsInUseTest {
    private final Random random = new Random(5);
    private final Device device = Device.choose(Device.compiling(), "");
    private final OpenClAccelerator accelerator = OpenClAccelerator.compiling(device);
    private final ModelOptions options = ModelOptions.defaults().backend(new OpenClBackend(accelerator));

    private Tensor numbers(long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextGaussian());
        }
        return t;
    }

    private Graph network() {
        GraphBuilder g = new GraphBuilder("network");
        Shape images = Shape.of(List.of(Dim.symbol("N"), Dim.of(3), Dim.symbol("H"), Dim.of(8)));
        Value x = g.input("x", Type.tensor(DType.F32, images));
        Value a = g.apply(Activations.RELU, g.apply(new Conv(), x, g.parameter("w", numbers(20, 3, 3, 3))));
        g.output("y", g.apply(new Softmax(3), g.apply(new MatMul(), a, g.parameter("m", numbers(6, 6)))));
        return g.build();
    }

    private static void same(Tensor got, Tensor want) {
        assertThat(got.type()).isEqualTo(want.type());
        for (int i = 0; i < want.length(); i++) {
            assertThat(Math.abs(got.getDouble(i) - want.getDouble(i))).isLessThanOrEqualTo(2e-6);
        }
    }

    @Test
    void programsThatAreNoLongerKeptLeaveNothing() {
        Graph graph = network();
        try (Model reference = Model.of(graph, ModelOptions.defaults().backend(Backends.prefer("reference")));
                Model model = Model.of(graph, options.programs(2))) {
            Tensor large = numbers(5, 3, 40, 8);
            long most = 0;
            for (int round = 0; round < 3; round++) {
                for (int[] shape : new int[][] {{5, 40}, {1, 3}, {2, 7}, {3, 16}, {4, 13}, {1, 9}}) {
                    Tensor x = shape[0] == 5 ? large : numbers(shape[0], 3, shape[1], 8);
                    same(model.run(x), reference.run(x));
                }
                long used = accelerator.memory().usedBytes();
                assertThat(round == 0 ? 0 : most).isEqualTo(round == 0 ? 0 : used);
                most = used;
            }
            Tensor want = reference.run(large);
            Tensor result = Tensor.zeros(DType.F32, 5, 20, 38, 6);
            BoundRun bound = model.bind(Map.of("x", large), Map.of("y", result));
            for (int i = 1; i < 6; i++) {
                model.run(numbers(i, 3, 5, 8));
            }
            bound.run();
            same(result, want);
        }
        assertThat(accelerator.memory().usedBytes()).isZero();
    }

    @Test
    void threadsShareAModel() throws Exception {
        Graph graph = network();
        try (Model reference = Model.of(graph, ModelOptions.defaults().backend(Backends.prefer("reference")));
                Model model = Model.of(graph, options);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Tensor x = numbers(2, 3, 6 + i % 2, 8);
                Tensor want = reference.run(x);
                Callable<Boolean> many = () -> {
                    for (int run = 0; run < 25; run++) {
                        same(model.run(x), want);
                    }
                    return true;
                };
                results.add(threads.submit(many));
            }
            for (Future<Boolean> r : results) {
                assertThat(r.get(1, TimeUnit.MINUTES)).isTrue();
            }
        }
        assertThat(accelerator.memory().usedBytes()).isZero();
    }

    @Test
    void closingEndsRunsThatAreUnderWay() throws Exception {
        GraphBuilder g = new GraphBuilder("long");
        Value x = g.input("x", Type.tensor(DType.F32, 700, 700));
        Value w = g.parameter("w", numbers(700, 700));
        Value y = x;
        for (int i = 0; i < 400; i++) {
            y = g.apply(Activations.TANH, g.apply(new MatMul(), y, w));
        }
        g.output("y", y);
        Model model = Model.of(g.build(), options);
        Tensor given = numbers(700, 700);
        CountDownLatch started = new CountDownLatch(1);
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<Tensor> result = thread.submit(() -> {
                model.program(Map.of("x", new long[] {700, 700}));
                started.countDown();
                return model.run(given);
            });
            assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
            Thread.sleep(300);
            model.close();
            assertThatThrownBy(() -> result.get(1, TimeUnit.MINUTES))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(CancelledException.class);
        }
        assertThat(accelerator.memory().usedBytes()).isZero();
        Graph next = network();
        Tensor image = numbers(1, 3, 4, 8);
        try (Model reference = Model.of(next, ModelOptions.defaults().backend(Backends.prefer("reference")));
                Model again = Model.of(next, options)) {
            same(again.run(image), reference.run(image));
        }
    }

    /// On a device without `f64` such nodes go to the processor, and the report says why.
    @Test
    void whatTheDeviceLacksIsPlacedElsewhere() {
        Device lesser = new Device(
                device.platform(),
                device.id(),
                device.name(),
                device.version(),
                device.isCpu(),
                device.isGpu(),
                false,
                device.dividesExactly(),
                device.keepsBuilt(),
                device.bytes());
        assertThat(lesser.description()).endsWith("without f64");
        GraphBuilder g = new GraphBuilder("mixed");
        Value x = g.input("x", Type.tensor(DType.F32, 4, 4));
        Value product = g.apply(new MatMul(), x, g.parameter("w", numbers(4, 4)));
        Value wide = g.apply(Activations.TANH, g.apply(new Cast(DType.F64), product));
        g.output("y", g.apply(Arithmetic.ADD, g.apply(new Cast(DType.F32), wide), product));
        Tensor given = numbers(4, 4);
        try (Model reference = Model.of(g.build(), ModelOptions.defaults().backend(Backends.prefer("reference")));
                Model model = Model.of(
                        g.build(),
                        ModelOptions.defaults().backend(new OpenClBackend(OpenClAccelerator.compiling(lesser))))) {
            same(model.run(given), reference.run(given));
            assertThat(model.plan().toString())
                    .containsSubsequence(
                            "opencl: 1", "MatMul", "cpu: 3", "Tanh (the device does not compute in f64)", "opencl: 1");
        }
    }
}
