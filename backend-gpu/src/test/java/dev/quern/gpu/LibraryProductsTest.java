package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.MatrixProduct.Activation;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Products;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
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
import org.junit.jupiter.params.provider.ValueSource;

/// Models whose products a library does, and what becomes of them where it is missing or fails.
class LibraryProductsTest {
    private static final Tensor X = Tensor.of(filled(24 * 32), 24, 32);

    @TempDir
    Path folder;

    private final RecordingDriver driver = new RecordingDriver();
    private final RecordingProducts library = new RecordingProducts();

    private CudaBackend backend(Function<CudaAccelerator, LibraryProducts> products) {
        return new CudaBackend(new CudaAccelerator(
                driver,
                0,
                new RecordingDriver.Compiler(),
                new DiskCache(folder.resolve("cache")),
                a -> new VendorWork(
                        products.apply(a),
                        new LibraryConvolutions(a, RecordingConvolutions::missing, Long.MAX_VALUE))));
    }

    private static float[] filled(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i % 7 - 3;
        }
        return values;
    }

    /// Three layers: bias and Relu, bias and Gelu, product alone.
    private static Model model(CudaBackend backend) {
        GraphBuilder g = new GraphBuilder("layers");
        Value x = g.input("x", Type.tensor(DType.F32, 24, 32));
        Value w = g.parameter("w", Tensor.of(filled(32 * 32), 32, 32));
        Value b = g.parameter("b", Tensor.of(filled(32), 32));
        Value y = g.apply(Activations.RELU, g.apply(Arithmetic.ADD, g.apply(new Products.MatMul(), x, w), b));
        Value z = g.apply(new Activations.Gelu(true), g.apply(Arithmetic.ADD, g.apply(new Products.MatMul(), y, w), b));
        g.output("y", g.apply(new Products.MatMul(), z, w));
        return Model.of(g.build(), ModelOptions.defaults().backend(backend));
    }

    @Test
    void aLayerIsOneCallThatIsRecordedWithTheGraph() {
        try (CudaBackend backend = backend(library::forAll)) {
            try (Model model = model(backend)) {
                for (int i = 0; i < 4; i++) {
                    model.run(X);
                }
                assertThat(library.chosen.stream().map(p -> p.activation()))
                        .containsExactly(Activation.RELU, Activation.GELU, Activation.NONE);
                assertThat(library.chosen.stream().map(p -> p.hasBias())).containsExactly(true, true, false);
                assertThat(driver.count("launch")).isZero();
                // one by one, then recorded, then replayed
                assertThat(library.run).hasSize(6);
                assertThat(driver.count("launchGraph")).isEqualTo(3);
                assertThat(library.run.stream()
                                .map(dev.quern.gpu.driver.Products.Addresses::workspace)
                                .distinct())
                        .hasSize(1)
                        .doesNotContain(0L);
                assertThat(model.plan().toString())
                        .contains("cuda: products of 1 multiplications and more by cuBLASLt 0.0");
            }
        }
        assertThat(library.alive()).isZero();
        assertThat(driver.aliveHandles()).isZero();
    }

    @Test
    void smallProductsAreNotTheLibrarys() {
        try (CudaBackend backend = backend(a -> new LibraryProducts(a, () -> library, 24 * 32 * 32 + 1));
                Model model = model(backend)) {
            model.run(X);
            assertThat(library.chosen).isEmpty();
            assertThat(driver.count("launch")).isEqualTo(3);
        }
    }

    @Test
    void withoutTheLibraryKernelsDoItAndTheReportSaysWhy() {
        try (CudaBackend backend = backend(a -> new LibraryProducts(a, RecordingProducts::missing, 1));
                Model model = model(backend)) {
            model.run(X);
            assertThat(driver.count("launch")).isEqualTo(3);
            assertThat(model.plan().toString())
                    .contains("no cuBLASLt: no libcublasLt.so.13, libcublasLt.so.12 here", "nvidia-cublas");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "choose"})
    void aLibraryThatFailsBeforeTheRunIsDoneWithout(String failing) {
        library.failing = failing;
        try (CudaBackend backend = backend(library::forAll);
                Model model = model(backend)) {
            model.run(X);
            assertThat(driver.count("launch")).isEqualTo(3);
            assertThat(model.plan().toString())
                    .contains("by ", "generated kernel", failing + " said 14, CUBLAS_STATUS_INTERNAL_ERROR");
        }
        assertThat(library.alive()).isZero();
    }

    @Test
    void aProductWithoutAnAlgorithmIsAKernels() {
        library.isUnable = true;
        try (CudaBackend backend = backend(library::forAll);
                Model model = model(backend)) {
            model.run(X);
            assertThat(driver.count("launch")).isEqualTo(3);
            assertThat(backend.remarks())
                    .contains("f32[32,32] × f32[32,24] by a generated kernel: cuBLASLt 0.0 has no algorithm for it");
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
                            .hasMessageContaining("-Dquern.cuda.products=own");
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
        Files.copy(StandIn.folder().resolve("libnvrtc.so.13"), folder.resolve("libcublasLt.so.13"));
        Libraries wrong = Libraries.in(List.of(folder));
        try (CudaBackend backend = backend(a -> new LibraryProducts(a, wrong::products, 1));
                Model model = model(backend)) {
            model.run(X);
            assertThat(backend.remarks().toString()).contains("lacks cublasLt", "another version");
        }
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void theStandInGivesWhatKernelsGive() {
        long[] before = StandIn.aliveInProducts();
        compare(StandIn.accelerator(), StandIn.accelerator(1));
        assertThat(StandIn.aliveInProducts()).isEqualTo(before);
    }

    /// Runs the layers with products by kernels and by the library.
    static void compare(CudaAccelerator byKernels, CudaAccelerator byLibrary) {
        SameResults.compare(LibraryProductsTest::model, X, byKernels, byLibrary);
    }
}
