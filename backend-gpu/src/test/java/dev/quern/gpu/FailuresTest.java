package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.Libraries;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What must end in a typed error that says what to do, with the process alive and everything closable.
class FailuresTest {
    private static final Backend.Settings ONE = new Backend.Settings(1);

    @TempDir
    Path folder;

    private final RecordingDriver driver = new RecordingDriver();
    private final RecordingDriver.Compiler compiler = new RecordingDriver.Compiler();

    private CudaBackend backend() {
        return new CudaBackend(new CudaAccelerator(driver, 0, compiler, new DiskCache(folder), RecordingLibrary::none));
    }

    private static Model model(Backend backend) {
        GraphBuilder g = new GraphBuilder("sum");
        Value x = g.input("x", Type.tensor(DType.F32, 8));
        Value y = g.apply(Arithmetic.ADD, x, g.parameter("c", Tensor.of(new float[8], 8)));
        g.output("y", g.apply(Arithmetic.MUL, y, y));
        return Model.of(g.build(), ModelOptions.defaults().backend(backend));
    }

    private static final Tensor X = Tensor.zeros(DType.F32, 8);

    @ParameterizedTest
    @CsvSource({
        "launch, 719, a kernel failed, start the process anew",
        "launch, 700, a kernel failed, start the process anew",
        "synchronize, 715, a kernel failed, start the process anew",
        "synchronize, 999, the device is lost, nvidia-smi",
        "synchronize, 214, the device is lost, nvidia-smi",
        "copyToDevice, 46, the device is lost, nvidia-smi",
        "copyToHost, 700, a kernel failed, another backend",
        "newStream, 2, no room, smaller inputs",
        "allocatePinned, 2, no room, smaller inputs",
        "allocate, 2, no room, smaller inputs",
        "loadModule, 209, does not take the program, update the driver",
        "loadModule, 222, does not take the program, update the driver",
        "function, 500, a call failed, cuda.h",
    })
    void aModelWhoseDeviceFails(String call, int code, String meaning, String remedy) {
        CudaBackend backend = backend();
        driver.fail(call, code);
        try (Model model = model(backend)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> model.run(X))
                        .isInstanceOf(BackendException.class)
                        .hasMessageStartingWith("cuda: ")
                        .hasMessageContaining(meaning)
                        .hasMessageContaining(remedy);
            }
        }
        backend.close();
        RecordingDriver healthy = new RecordingDriver();
        try (CudaBackend other = new CudaBackend(
                        new CudaAccelerator(healthy, 0, compiler, new DiskCache(folder), RecordingLibrary::none));
                Model model = model(other)) {
            model.run(X);
        }
    }

    @Test
    void aDeviceThatIsLostBetweenRuns() {
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            model.run(X);
            driver.fail("synchronize", 719);
            assertThatThrownBy(() -> model.run(X)).isInstanceOf(BackendException.class);
            driver.work();
            // the context stays of no use, as with a real driver
            assertThatThrownBy(() -> model.run(X)).isInstanceOf(BackendException.class);
        }
    }

    @Test
    void aFullDeviceWorksAgainWhenThereIsRoom() {
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            driver.fail("allocate", 2);
            assertThatThrownBy(() -> model.run(X)).isInstanceOf(BackendException.class);
            driver.work();
            model.run(X);
        }
        assertThat(driver.aliveHandles()).isZero();
    }

    @Test
    void arraysThatAreKeptAreGivenUpFirst() {
        driver.room = 2 * 4096 * 4;
        try (CudaBackend backend = backend()) {
            for (int length : new int[] {4096, 4000, 3000, 2000, 4096}) {
                try (Executable executable = backend.compile(Programs.through(length), ONE)) {
                    executable.run(
                            executable.newFrame(),
                            List.of(Tensor.zeros(DType.F32, length)),
                            List.of(Tensor.zeros(DType.F32, length)),
                            RunControl.NONE);
                }
            }
            assertThat(driver.count("free")).isPositive();
        }
    }

    @Test
    void aCompilerThatFailsGivesItsLog() {
        compiler.fails = true;
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            assertThatThrownBy(() -> model.run(X))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("no_such_name");
            compiler.fails = false;
            model.run(X);
        }
    }

    @Test
    void aStoredProgramThatTheDriverRefusesIsCompiledAgain() {
        try (CudaBackend backend = backend()) {
            backend.compile(Programs.chain(10, 2), ONE).close();
        }
        driver.fail("loadModule", 209);
        try (CudaBackend backend = backend()) {
            assertThatThrownBy(() -> backend.compile(Programs.chain(10, 2), ONE))
                    .isInstanceOf(BackendException.class);
            assertThat(compiler.compiled).isEqualTo(2);
        }
    }

    @Test
    void aMachineWithoutUsableDevicesSaysWhy() {
        driver.devices = 0;
        assertThat(Discovery.find(driver, compiler, Libraries.in(List.of()), 0))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.remedy()).contains("nvidia-smi"));
        driver.devices = 1;
        driver.capability = 61;
        assertThat(Discovery.find(driver, compiler, Libraries.in(List.of()), 0))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.reason()).contains("6.1"));
        driver.capability = 90;
        driver.fail("retainContext", 803);
        assertThat(Discovery.find(driver, compiler, Libraries.in(List.of()), 0))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.reason()).contains("do not fit together"));
    }

    @Test
    void aMachineWithoutLibrariesSaysWhatToInstall() {
        assertThat(Discovery.find(Libraries.in(List.of(folder)), 0))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.reason() + u.remedy()).contains("driver"));
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void aLibraryOfAnotherVersionIsNamedWithWhatItLacks() throws Exception {
        Files.copy(StandIn.folder().resolve("libnvrtc.so.13"), folder.resolve("libcuda.so.1"));
        assertThat(Discovery.find(Libraries.in(List.of(folder)), 0))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.reason()).contains("lacks cuInit").contains("another version"));
    }

    @Test
    void aFileThatIsNoLibraryIsPassedOver() throws Exception {
        Files.writeString(folder.resolve("libcuda.so.1"), "no library");
        assertThat(Discovery.find(Libraries.in(List.of(folder)), 0)).isInstanceOf(Availability.Unavailable.class);
    }

    @Test
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void nothingOfAnExecutableStaysAlive() {
        List<Long> before = StandIn.alive();
        try (CudaBackend backend = new CudaBackend(StandIn.accelerator())) {
            Tensor y = Tensor.zeros(DType.F32, 5);
            try (Executable executable = backend.compile(Programs.chain(5, 6), ONE)) {
                Executable.Frame frame = executable.newFrame();
                for (int i = 0; i < 3; i++) {
                    executable.run(frame, List.of(Tensor.zeros(DType.F32, 5)), List.of(y), RunControl.NONE);
                }
            }
            assertThat(y.sameAs(Tensor.of(new float[] {5, 5, 5, 5, 5}, 5))).isTrue();
        }
        List<Long> after = StandIn.alive();
        // arrays are kept for the next of their size
        assertThat(after.subList(1, after.size())).isEqualTo(before.subList(1, before.size()));
    }
}
