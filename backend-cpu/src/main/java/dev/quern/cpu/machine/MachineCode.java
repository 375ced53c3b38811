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
    /// The system property that asks for vectors of 256 or 512 bits.
    private static final String BITS = "quern.machine.bits";

    private MachineCode() {}

    /// What does not change while the Java virtual machine runs, found when first asked for.
    private static final class Found {
        static final Set<String> FEATURES = features();
        static final Optional<String> OBSTACLE = sought();
    }

    /// The flag that enables native access for this library, on the class path or the module path.
    private static String flag() {
        Module module = MachineCode.class.getModule();
        return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }

    /// Why there is none, and what to do about it if something can be done; empty where it runs. Nothing here makes
    /// the Java virtual machine print a warning.
    public static Optional<String> obstacle() {
        return Found.OBSTACLE;
    }

    private static Optional<String> sought() {
        String system = System.getProperty("os.name", "");
        String architecture = System.getProperty("os.arch", "");
        if (!system.equals("Linux") || !architecture.equals("amd64")) {
            return Optional.of(
                    "machine code is written for Linux on x86-64 only, not " + system + " on " + architecture);
        }
        if (!MachineCode.class.getModule().isNativeAccessEnabled()) {
            return Optional.of("machine code needs the flag " + flag());
        }
        if (!Found.FEATURES.containsAll(List.of("avx2", "fma"))) {
            return Optional.of("machine code needs a processor with AVX2 and FMA");
        }
        try {
            MemorySegment page = CodePages.executable(new TileLoop(
                            1, 1, Factor.Form.PACKED, Factor.Form.PACKED, Arithmetic.FLOATS, VectorSet.AVX2, 0, null)
                    .write());
            return page.byteSize() > 0 ? Optional.empty() : Optional.of("the system gives no memory for code");
        } catch (UnsupportedOperationException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /// The widest vectors that the processor has, or those of 256 bits where the system property
    /// `quern.machine.bits` is 256.
    ///
    /// @throws IllegalArgumentException where the property is no width, or one that the processor does not have
    static VectorSet vectors() {
        VectorSet widest = widest(Found.FEATURES);
        return switch (System.getProperty(BITS, "")) {
            case "" -> widest;
            case "256" -> VectorSet.AVX2;
            case "512" -> {
                if (!widest.isWide()) {
                    throw new IllegalArgumentException(BITS + "=512 needs a processor with AVX-512 F, BW and DQ");
                }
                yield widest;
            }
            case String other -> throw new IllegalArgumentException(BITS + " must be 256 or 512, not " + other);
        };
    }

    static VectorSet widest(Set<String> features) {
        if (!features.containsAll(List.of("avx512f", "avx512bw", "avx512dq"))) {
            return VectorSet.AVX2;
        }
        return features.contains("avx512_vnni") ? VectorSet.AVX512_VNNI : VectorSet.AVX512;
    }

    /// The vectors of the loops, in words.
    public static String describe() {
        return switch (vectors()) {
            case AVX2 -> "vectors of 256 bits (AVX2)";
            case AVX512 -> "vectors of 512 bits (AVX-512)";
            case AVX512_VNNI -> "vectors of 512 bits (AVX-512 with VNNI)";
        };
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
