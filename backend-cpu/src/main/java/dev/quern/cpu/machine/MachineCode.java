package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.Factor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Whether machine code of our own can run here.
public final class MachineCode {
    private MachineCode() {}

    /// The flag that enables native access for this library, on the class path or the module path.
    private static String flag() {
        Module module = MachineCode.class.getModule();
        return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }

    /// Why there is none, and what to do about it if something can be done; empty where it runs. Nothing here makes
    /// the Java virtual machine print a warning.
    public static Optional<String> obstacle() {
        String system = System.getProperty("os.name", "");
        String architecture = System.getProperty("os.arch", "");
        if (!system.equals("Linux") || !architecture.equals("amd64")) {
            return Optional.of(
                    "machine code is written for Linux on x86-64 only, not " + system + " on " + architecture);
        }
        if (!MachineCode.class.getModule().isNativeAccessEnabled()) {
            return Optional.of("machine code needs the flag " + flag());
        }
        Set<String> features = features();
        if (!features.containsAll(List.of("avx2", "fma"))) {
            return Optional.of("machine code needs a processor with AVX2 and FMA");
        }
        if (features.contains("avx512f")) {
            return Optional.of("on a processor with AVX-512 the vector kernels are the faster ones");
        }
        try {
            MemorySegment page = CodePages.executable(
                    new TileLoop(1, 1, Factor.Form.PACKED, Factor.Form.PACKED, TileLoop.Arithmetic.FLOATS).write());
            return page.byteSize() > 0 ? Optional.empty() : Optional.of("the system gives no memory for code");
        } catch (UnsupportedOperationException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /// What the processor has and the system lets programs use.
    private static Set<String> features() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Set.copyOf(Arrays.asList(
                            line.replaceFirst("^flags\\s*:\\s*", "").split(" "))))
                    .orElse(Set.of());
        } catch (IOException | java.io.UncheckedIOException e) {
            return Set.of();
        }
    }
}
