package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.Libraries;
import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Models whose layers a library does, and what becomes of them where it is missing or fails.
abstract class LibraryWorkTest<L extends RecordingLibrary<?, ?>> {
    @TempDir
    Path folder;

    final RecordingDriver driver = new RecordingDriver();
    final L library;
    private final Names names;
    private final Layers layers;

    /// How the library is spoken of.
    ///
    /// @param work what it does, in the plural
    /// @param files its file names, the newest first
    /// @param functions what the names of its functions begin with
    /// @param example a Python package that has it
    record Names(String work, String library, List<String> files, String functions, String example) {}

    /// A model all of whose layers are the library's, a kernel each without it.
    ///
    /// @param most multiplications of the largest
    /// @param first how the first is described
    record Layers(Function<CudaBackend, Model> model, Tensor x, int count, long most, String first) {
        /// Runs them by kernels and by a library.
        void compare(CudaAccelerator byKernels, CudaAccelerator byLibrary) {
            SameResults.compare(model, x, byKernels, byLibrary);
        }
    }

    LibraryWorkTest(L library, Names names, Layers layers) {
        this.library = library;
        this.names = names;
        this.layers = layers;
    }

    /// Where the workspaces lay of what the library was asked to run.
    abstract Stream<Long> workspaces();

    /// What is alive in the stand-in for the library.
    abstract long[] aliveInStandIn();

    /// All work that the library can do is its.
    final CudaBackend backend() {
        return backend(1);
    }

    private CudaBackend backend(long least) {
        return backend(a -> library.work(a, least));
    }

    private CudaBackend backend(Libraries libraries) {
        return backend(a -> StandIn.work(a, libraries, 1));
    }

    private CudaBackend backend(Function<CudaAccelerator, VendorWork> work) {
        return new CudaBackend(new CudaAccelerator(
                driver, 0, new RecordingDriver.Compiler(), new DiskCache(folder.resolve("cache")), work));
    }

    private Model model(CudaBackend backend) {
        return layers.model.apply(backend);
    }

    @Test
    void aLayerIsOneCallThatIsRecordedWithTheGraph() {
        try (CudaBackend backend = backend()) {
            try (Model model = model(backend)) {
                for (int i = 0; i < 4; i++) {
                    model.run(layers.x);
                }
                assertThat(library.chosen).hasSize(layers.count);
                assertThat(driver.count("launch")).isZero();
                // one by one, then recorded, then replayed
                assertThat(library.run).hasSize(2 * layers.count);
                assertThat(driver.count("launchGraph")).isEqualTo(3);
                assertThat(workspaces().distinct()).hasSize(1).doesNotContain(0L);
                assertThat(model.plan().toString())
                        .contains("cuda: " + names.work + " of 1 multiplications and more by " + library.name());
            }
        }
        assertThat(library.alive()).isZero();
        assertThat(driver.aliveHandles()).isZero();
    }

    @Test
    void smallWorkIsNotTheLibrarys() {
        try (CudaBackend backend = backend(layers.most + 1);
                Model model = model(backend)) {
            model.run(layers.x);
            assertThat(library.chosen).isEmpty();
            assertThat(driver.count("launch")).isEqualTo(layers.count);
        }
        try (CudaBackend backend = backend(layers.most);
                Model model = model(backend)) {
            model.run(layers.x);
            assertThat(library.chosen).isNotEmpty();
        }
    }

    @Test
    void withoutTheLibraryKernelsDoItAndTheReportSaysWhy() {
        try (CudaBackend backend = backend(RecordingLibrary.NO_LIBRARIES);
                Model model = model(backend)) {
            model.run(layers.x);
            assertThat(driver.count("launch")).isEqualTo(layers.count);
            assertThat(model.plan().toString())
                    .contains(
                            "no " + names.library + ": no " + String.join(", ", names.files) + " here", names.example);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "choose"})
    void aLibraryThatFailsBeforeTheRunIsDoneWithout(String failing) {
        library.failing = failing;
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            model.run(layers.x);
            assertThat(driver.count("launch")).isEqualTo(layers.count);
            assertThat(model.plan().toString())
                    .contains("by ", "generated kernel", failing + " said 14, " + library.status);
        }
        assertThat(library.alive()).isZero();
    }

    @Test
    void workWithoutAnAlgorithmIsAKernels() {
        library.isUnable = true;
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            model.run(layers.x);
            assertThat(driver.count("launch")).isEqualTo(layers.count);
            assertThat(backend.remarks())
                    .contains(layers.first + " by a generated kernel: " + library.name() + " has no algorithm for it");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prepare", "enqueue"})
    void aLibraryThatFailsInTheRunIsATypedError(String failing) {
        library.failing = failing;
        try (CudaBackend backend = backend()) {
            try (Model model = model(backend)) {
                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(() -> model.run(layers.x))
                            .isInstanceOf(BackendException.class)
                            .hasMessageContaining("a library failed, Recorder 0: " + failing + " said 14")
                            .hasMessageContaining("-Dquern.cuda." + names.work + "=own");
                }
                library.failing = "";
                model.run(layers.x);
            }
        }
        assertThat(library.alive()).isZero();
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void aLibraryOfAnotherVersionIsNamedWithWhatItLacks() throws Exception {
        Files.copy(StandIn.folder().resolve("libnvrtc.so.13"), folder.resolve(names.files.getFirst()));
        try (CudaBackend backend = backend(Libraries.in(List.of(folder)));
                Model model = model(backend)) {
            model.run(layers.x);
            assertThat(backend.remarks().toString()).contains("lacks " + names.functions, "another version");
        }
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void theStandInGivesWhatKernelsGive() {
        long[] before = aliveInStandIn();
        layers.compare(StandIn.accelerator(), StandIn.accelerator(1));
        assertThat(aliveInStandIn()).isEqualTo(before);
    }
}
