package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import dev.quern.backend.ProductPrecision;
import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.Convolutions.Addresses;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.TensorConvolution;
import dev.quern.gpu.driver.TensorConvolution.Result;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions;
import dev.quern.op.Sliding;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Models whose convolutions a library does, and what becomes of them where it is missing or fails.
class LibraryConvolutionsTest {
    private static final Tensor X = filled(2, 8, 12, 10);
    private static final Sliding PADDED =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(), List.of());
    private static final Sliding STRIDED =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(2, 2), List.of());
    private static final Sliding SPREAD =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(2, 2, 2, 2), List.of(), List.of(2, 2));

    @TempDir
    Path folder;

    private final RecordingDriver driver = new RecordingDriver();
    private final RecordingConvolutions library = new RecordingConvolutions();

    private CudaBackend backend(Function<CudaAccelerator, LibraryConvolutions> convolutions) {
        return new CudaBackend(new CudaAccelerator(
                driver,
                0,
                new RecordingDriver.Compiler(),
                new DiskCache(folder.resolve("cache")),
                a -> new VendorWork(
                        new LibraryProducts(a, RecordingProducts::missing, Long.MAX_VALUE), convolutions.apply(a))));
    }

    private static Tensor filled(int... dims) {
        Tensor t = Tensor.zeros(DType.F32, Shape.of(dims));
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, (i * 5 % 11 - 5) / 4.0);
        }
        return t;
    }

    /// Four layers: bias and Relu; bias, what came in, and Relu; bias, in groups; the convolution alone.
    private static Model model(CudaBackend backend) {
        return model(backend, ProductPrecision.F32);
    }

    private static Model model(CudaBackend backend, ProductPrecision precision) {
        GraphBuilder g = new GraphBuilder("layers");
        Value x = g.input("x", Type.tensor(DType.F32, 2, 8, 12, 10));
        Value w = g.parameter("w", filled(8, 8, 3, 3));
        Value b = g.parameter("b", filled(8));
        Value first = g.apply(Activations.RELU, g.apply(new Convolutions.Conv(PADDED, 1), x, w, b));
        Value sum = g.apply(Arithmetic.ADD, g.apply(new Convolutions.Conv(SPREAD, 1), first, w, b), first);
        Value second = g.apply(Activations.RELU, sum);
        Value v = g.parameter("v", filled(12, 2, 3, 3));
        Value third = g.apply(new Convolutions.Conv(STRIDED, 4), second, v, g.parameter("c", filled(12)));
        g.output("y", g.apply(new Convolutions.Conv(), third, g.parameter("u", filled(6, 12, 3, 2))));
        return Model.of(g.build(), ModelOptions.defaults().backend(backend).precision(precision));
    }

    @Test
    void aLayerIsOneCallThatIsRecordedWithTheGraph() {
        try (CudaBackend backend = backend(library::forAll)) {
            try (Model model = model(backend)) {
                for (int i = 0; i < 4; i++) {
                    model.run(X);
                }
                assertThat(library.chosen.stream().map(TensorConvolution::isRelu))
                        .containsExactly(true, true, false, false);
                assertThat(library.chosen.stream().map(TensorConvolution::addsZ))
                        .containsExactly(false, true, false, false);
                assertThat(library.chosen.stream().map(TensorConvolution::hasBias))
                        .containsExactly(true, true, true, false);
                assertThat(library.chosen.stream().map(TensorConvolution::groups))
                        .containsExactly(1, 1, 4, 1);
                assertThat(driver.count("launch")).isZero();
                // one by one, then recorded, then replayed
                assertThat(library.run).hasSize(8);
                assertThat(driver.count("launchGraph")).isEqualTo(3);
                assertThat(library.run.stream().map(Addresses::workspace).distinct())
                        .hasSize(1)
                        .doesNotContain(0L);
                assertThat(model.plan().toString())
                        .contains("cuda: convolutions of 1 multiplications and more by cuDNN 0.0");
            }
        }
        assertThat(library.alive()).isZero();
        assertThat(driver.aliveHandles()).isZero();
    }

    @ParameterizedTest
    @EnumSource(ProductPrecision.class)
    void theLibraryMayRoundAsFarAsIsAskedFor(ProductPrecision precision) {
        try (CudaBackend backend = backend(library::forAll);
                Model model = model(backend, precision)) {
            model.run(X);
            assertThat(library.chosen).hasSize(4).allMatch(c -> c.precision() == precision);
        }
    }

    @Test
    void anEndingThatTheLibraryLacksIsAKernelAfterTheCall() {
        library.needsRelu = true;
        try (CudaBackend backend = backend(library::forAll);
                Model model = model(backend)) {
            model.run(X);
            assertThat(library.run).hasSize(4);
            assertThat(driver.count("launch")).isEqualTo(1);
            assertThat(backend.remarks()).noneMatch(r -> r.contains("by a generated kernel"));
        }
    }

    @Test
    void smallConvolutionsAreNotTheLibrarys() {
        try (CudaBackend backend = backend(a -> new LibraryConvolutions(a, () -> library, 1L << 40));
                Model model = model(backend)) {
            model.run(X);
            assertThat(library.chosen).isEmpty();
            assertThat(driver.count("launch")).isEqualTo(4);
        }
    }

    @Test
    void withoutTheLibraryKernelsDoItAndTheReportSaysWhy() {
        try (CudaBackend backend = backend(a -> new LibraryConvolutions(a, RecordingConvolutions::missing, 1));
                Model model = model(backend)) {
            model.run(X);
            assertThat(driver.count("launch")).isEqualTo(4);
            assertThat(model.plan().toString())
                    .contains("no cuDNN: no libcudnn.so.9, libcudnn.so.8 here", "nvidia-cudnn-cu12");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "choose"})
    void aLibraryThatFailsBeforeTheRunIsDoneWithout(String failing) {
        library.failing = failing;
        try (CudaBackend backend = backend(library::forAll);
                Model model = model(backend)) {
            model.run(X);
            assertThat(driver.count("launch")).isEqualTo(4);
            assertThat(model.plan().toString())
                    .contains("by ", "generated kernel", failing + " said 14, CUDNN_STATUS_INTERNAL_ERROR");
        }
        assertThat(library.alive()).isZero();
    }

    @Test
    void aConvolutionWithoutAnAlgorithmIsAKernels() {
        library.isUnable = true;
        try (CudaBackend backend = backend(library::forAll);
                Model model = model(backend)) {
            model.run(X);
            assertThat(driver.count("launch")).isEqualTo(4);
            assertThat(backend.remarks())
                    .contains("f32[2,8,12,10] ∗ [8,8,3,3] by a generated kernel: cuDNN 0.0 has no algorithm for it");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prepare", "enqueue"})
    void aLibraryThatFailsInTheRunIsATypedError(String failing) {
        library.failing = failing;
        try (CudaBackend backend = backend(library::forAll)) {
            try (Model model = model(backend)) {
                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(() -> model.run(X))
                            .isInstanceOf(BackendException.class)
                            .hasMessageContaining("a library failed, Recorder 0: " + failing + " said 14")
                            .hasMessageContaining("-Dquern.cuda.convolutions=own");
                }
                library.failing = "";
                model.run(X);
            }
        }
        assertThat(library.alive()).isZero();
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void aLibraryOfAnotherVersionIsNamedWithWhatItLacks() throws Exception {
        Files.copy(StandIn.folder().resolve("libnvrtc.so.13"), folder.resolve("libcudnn.so.9"));
        Libraries wrong = Libraries.in(List.of(folder));
        try (CudaBackend backend = backend(a -> new LibraryConvolutions(a, wrong::convolutions, 1));
                Model model = model(backend)) {
            model.run(X);
            assertThat(backend.remarks().toString()).contains("lacks cudnn", "another version");
        }
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void theStandInGivesWhatKernelsGive() {
        long[] before = StandIn.aliveInConvolutions();
        compare(StandIn.accelerator(), StandIn.accelerator(1));
        assertThat(StandIn.aliveInConvolutions()).isEqualTo(before);
    }

    /// A layer of 8 outputs of 12 × 10, the gradient of which is X.
    enum Layer {
        PLAIN,
        STEPS,
        GROUPS;

        private Convolutions.Conv conv() {
            return new Convolutions.Conv(this == PLAIN ? PADDED : STRIDED, this == GROUPS ? 4 : 1);
        }

        private int[] x() {
            return switch (this) {
                case PLAIN -> new int[] {2, 4, 12, 10};
                case STEPS -> new int[] {2, 4, 24, 19};
                case GROUPS -> new int[] {2, 8, 23, 20};
            };
        }

        private Model gradient(CudaBackend backend, boolean ofWeights) {
            GraphBuilder g = new GraphBuilder("gradient");
            Value dy = g.input("dy", Type.tensor(DType.F32, 2, 8, 12, 10));
            Value input = g.parameter("x", filled(x()));
            Value weights = g.parameter("w", filled(8, x()[1] / conv().group(), 3, 3));
            g.output(
                    "d",
                    ofWeights
                            ? g.apply(new Convolutions.WeightGradient(conv()), dy, input, weights)
                            : g.apply(new Convolutions.InputGradient(conv()), dy, weights, input));
            return Model.of(g.build(), ModelOptions.defaults().backend(backend));
        }
    }

    /// Weights in groups are turned by the program, then back by the call's copy.
    @ParameterizedTest
    @EnumSource(Layer.class)
    void gradientsAreTheLibrarys(Layer layer) {
        for (boolean ofWeights : new boolean[] {false, true}) {
            library.run.clear();
            library.chosen.clear();
            long before = driver.count("launch");
            try (CudaBackend backend = backend(library::forAll);
                    Model model = layer.gradient(backend, ofWeights)) {
                model.run(X);
                assertThat(library.chosen.getFirst().result()).isEqualTo(ofWeights ? Result.WEIGHTS : Result.INPUT);
                assertThat(library.run).hasSize(1);
                assertThat(driver.count("launch") - before).isEqualTo(layer == Layer.GROUPS && !ofWeights ? 2 : 0);
            }
        }
    }

    @Test
    void aGradientThatTheLibraryLacksIsAConvolutionWhoseWeightsAreCopied() {
        library.hasNoGradients = true;
        try (CudaBackend backend = backend(library::forAll);
                Model model = Layer.PLAIN.gradient(backend, false)) {
            model.run(X);
            assertThat(library.chosen)
                    .extracting(TensorConvolution::result)
                    .containsExactly(Result.INPUT, Result.OUTPUT);
            assertThat(library.run).hasSize(1);
            assertThat(driver.count("launch")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void theStandInGivesTheGradientsThatKernelsGive(Layer layer) {
        for (boolean ofWeights : new boolean[] {false, true}) {
            SameResults.compare(b -> layer.gradient(b, ofWeights), X, StandIn.accelerator(), StandIn.accelerator(1));
        }
    }

    /// Runs the layers with convolutions by kernels and by the library.
    static void compare(CudaAccelerator byKernels, CudaAccelerator byLibrary) {
        SameResults.compare(LibraryConvolutionsTest::model, X, byKernels, byLibrary);
    }
}
