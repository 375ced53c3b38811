package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Launch;
import dev.quern.device.DeviceMemory;
import dev.quern.device.DiskCache;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jocl.CL;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// What must end in a typed error, with the process alive.
class FailuresTest {
    private static final String GOOD = "KERNEL GROUP(1) good(GLOBAL i32* status, int step) { status[0] = step; }\n";

    @TempDir
    Path folder;

    static boolean hasDevice() {
        return DeviceConformance.hasDevice();
    }

    private static Launch launch(String function, String text) {
        return new Launch(function, text, 1, List.of(), List.of(), 1, 1);
    }

    private static Device device() {
        return Device.choose(Device.compiling(), "");
    }

    private static cl_context context(Device device) {
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
        return CL.clCreateContext(properties, 1, new cl_device_id[] {device.id()}, null, null, null);
    }

    @Test
    @EnabledIf("hasDevice")
    void aKernelThatDoesNotCompileGivesTheLog() {
        BuiltPrograms programs = new BuiltPrograms(device(), context(device()), Optional.of(new DiskCache(folder)));
        assertThatThrownBy(() ->
                        programs.build(List.of(launch("bad", "KERNEL bad(GLOBAL i32* s) { no_such_name = 1; }\n"))))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no_such_name");
        programs.build(List.of(launch("good", GOOD)));
    }

    @Test
    @EnabledIf("hasDevice")
    void aStoredProgramCutInHalfIsBuiltAgain() throws Exception {
        Device device = device();
        new BuiltPrograms(device, context(device), Optional.of(new DiskCache(folder)))
                .build(List.of(launch("good", GOOD)));
        try (Stream<Path> files = Files.list(folder)) {
            Path stored = files.findFirst().orElseThrow();
            byte[] whole = Files.readAllBytes(stored);
            Files.write(stored, Arrays.copyOf(whole, whole.length / 2));
            BuiltPrograms again = new BuiltPrograms(device, context(device), Optional.of(new DiskCache(folder)));
            again.build(List.of(launch("good", GOOD)));
            CL.clReleaseKernel(again.kernel(launch("good", GOOD)));
            assertThat(Files.size(stored)).isGreaterThan(whole.length / 2);
        }
    }

    @Test
    @EnabledIf("hasDevice")
    void anArrayLargerThanTheDeviceIsRefused() {
        DeviceMemory<cl_mem> memory = OpenClAccelerator.compiling(device()).memory();
        assertThatThrownBy(() -> memory.allocate(1L << 55))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no room");
        memory.allocate(100).close();
    }

    @Test
    void withoutADriverTheReasonAndTheRemedyAreGiven() throws Exception {
        ProcessBuilder child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName());
        child.environment().put("OCL_ICD_VENDORS", folder.toString() + File.separator);
        child.redirectErrorStream(true);
        Process process = child.start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).contains("Unavailable").contains("pocl-opencl-icd");
    }

    /// Says in a process of its own what the provider found.
    static final class Probe {
        private Probe() {}

        public static void main(String[] args) {
            System.out.println(new OpenClProvider().probe());
        }
    }
}
