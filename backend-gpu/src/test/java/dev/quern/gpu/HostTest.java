package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.device.DiskCache;
import dev.quern.kernel.Program;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the host asks of the driver, seen on a [RecordingDriver].
class HostTest {
    private static final Backend.Settings ONE = new Backend.Settings(1);

    @TempDir
    Path folder;

    private final RecordingDriver driver = new RecordingDriver();
    private final RecordingDriver.Compiler compiler = new RecordingDriver.Compiler();

    private CudaBackend backend() {
        return new CudaBackend(new CudaAccelerator(driver, 0, compiler, new DiskCache(folder), RecordingLibrary::none));
    }

    private static Tensor run(Executable executable, Executable.Frame frame, Tensor x) {
        Tensor y = Tensor.zeros(DType.F32, x.shape());
        executable.run(frame, List.of(x), List.of(y), RunControl.NONE);
        return y;
    }

    /// One piece of staging is 2²⁰ floats.
    @ParameterizedTest
    @ValueSource(ints = {1, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20, (5 << 20) + 77})
    void copiesArriveWhole(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i * 0.5f;
        }
        try (CudaBackend backend = backend();
                Executable executable = backend.compile(Programs.through(length), ONE)) {
            Executable.Frame frame = executable.newFrame();
            Tensor x = Tensor.of(values, length);
            for (int i = 0; i < 3; i++) {
                assertThat(run(executable, frame, x).sameAs(x)).isTrue();
            }
        }
    }

    @Test
    void launchesThatComeAgainAreAGraph() {
        try (CudaBackend backend = backend();
                Executable executable = backend.compile(Programs.chain(10, 4), ONE)) {
            Executable.Frame frame = executable.newFrame();
            Tensor x = Tensor.zeros(DType.F32, 10);
            run(executable, frame, x);
            assertThat(driver.count("launch")).isEqualTo(4);
            assertThat(driver.count("launchGraph")).isZero();
            run(executable, frame, x);
            assertThat(driver.calls)
                    .containsSubsequence(
                            "beginCapture",
                            "launch",
                            "launch",
                            "launch",
                            "launch",
                            "endCapture",
                            "instantiate",
                            "launchGraph");
            for (int i = 0; i < 5; i++) {
                run(executable, frame, x);
            }
            assertThat(driver.count("launch")).isEqualTo(8);
            assertThat(driver.count("beginCapture")).isEqualTo(1);
            assertThat(driver.count("launchGraph")).isEqualTo(6);
        }
    }

    @Test
    void aDriverWithoutGraphsLaunchesOneByOne() {
        driver.fail("instantiate", 801);
        try (CudaBackend backend = backend();
                Executable executable = backend.compile(Programs.chain(10, 4), ONE)) {
            Executable.Frame frame = executable.newFrame();
            for (int i = 0; i < 4; i++) {
                run(executable, frame, Tensor.zeros(DType.F32, 10));
            }
        }
        assertThat(driver.count("beginCapture")).isEqualTo(1);
        assertThat(driver.count("launch")).isEqualTo(20);
        assertThat(driver.aliveHandles()).isZero();
    }

    @Test
    void tensorsThatStayOnTheDeviceAreNotCopied() {
        try (CudaBackend backend = backend();
                Executable executable = backend.compile(Programs.chain(10, 3), ONE);
                DeviceTensor x = backend.allocate(Type.tensor(DType.F32, 10));
                DeviceTensor y = backend.allocate(Type.tensor(DType.F32, 10))) {
            Executable.Frame frame = executable.newFrame(List.of(x), List.of(y), RunControl.NONE);
            executable.run(frame, RunControl.NONE);
            long copies = driver.count("copyToHost");
            for (int i = 0; i < 5; i++) {
                executable.run(frame, RunControl.NONE);
            }
            assertThat(driver.count("copyToHost")).isEqualTo(copies);
            assertThat(driver.count("launchGraph")).isEqualTo(5);
        }
    }

    @Test
    void aRunAllocatesNothing() {
        try (CudaBackend backend = backend();
                Executable executable = backend.compile(Programs.chain(100, 3), ONE)) {
            Executable.Frame frame = executable.newFrame();
            Tensor x = Tensor.zeros(DType.F32, 100);
            run(executable, frame, x);
            long allocated = driver.count("allocate") + driver.count("allocatePinned");
            for (int i = 0; i < 10; i++) {
                run(executable, frame, x);
            }
            assertThat(driver.count("allocate") + driver.count("allocatePinned"))
                    .isEqualTo(allocated);
        }
    }

    @Test
    void whatIsClosedIsGivenBack() {
        try (CudaBackend backend = backend()) {
            for (int i = 0; i < 3; i++) {
                try (Executable executable = backend.compile(Programs.chain(100, 5), ONE)) {
                    Executable.Frame one = executable.newFrame();
                    Executable.Frame other = executable.newFrame();
                    for (int r = 0; r < 3; r++) {
                        run(executable, one, Tensor.zeros(DType.F32, 100));
                        run(executable, other, Tensor.zeros(DType.F32, 100));
                    }
                }
            }
            assertThat(driver.count("allocatePinned")).isEqualTo(2);
        }
        assertThat(driver.alivePinned()).isZero();
        assertThat(driver.aliveHandles()).isZero();
        assertThat(driver.aliveContexts()).isZero();
    }

    @Test
    void aProgramIsCompiledOnceForThisProcessAndOnceForTheDisk() {
        Program program = Programs.chain(10, 3);
        try (CudaBackend backend = backend()) {
            backend.compile(program, ONE).close();
            backend.compile(program, ONE).close();
            assertThat(compiler.compiled).isEqualTo(1);
            assertThat(driver.count("loadModule")).isEqualTo(1);
        }
        try (CudaBackend again = backend()) {
            again.compile(program, ONE).close();
            assertThat(compiler.compiled).isEqualTo(1);
            assertThat(driver.count("loadModule")).isEqualTo(2);
        }
    }

    @Test
    void otherCapabilitiesHaveOtherPrograms() {
        Program program = Programs.chain(10, 3);
        try (CudaBackend backend = backend()) {
            backend.compile(program, ONE).close();
        }
        driver.capability = 80;
        try (CudaBackend backend = backend()) {
            backend.compile(program, ONE).close();
        }
        assertThat(compiler.compiled).isEqualTo(2);
    }
}
