package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.Dialect;
import dev.quern.codegen.Launch;
import dev.quern.gpu.driver.CudaCompiler.CompilationException;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.LibraryException;
import dev.quern.gpu.driver.Nvrtc;
import dev.quern.testkit.BackendConformance;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compiles every kernel of the suite for the GPUs of 2020, 2022 and 2024, without one.
@EnabledIf(
        value = "hasCompiler",
        disabledReason = "no NVRTC here: pip install nvidia-cuda-nvrtc-cu12, see docs/backends.md")
class CompilationTest {
    private static final int PART = 128;
    /// What the worst kernel took when this was written; more is a regression to look at.
    private static final int REGISTERS = 96;
    /// Local memory is for the lanes of reductions and for large angles, not for spills.
    private static final int LOCAL_SHARE = 40;

    static boolean hasCompiler() {
        try {
            compiler();
            return true;
        } catch (LibraryException missing) {
            return false;
        }
    }

    private static Nvrtc compiler() {
        return Libraries.ofThisMachine().compiler();
    }

    /// One kernel in eight for each, since all take a minute of one core; `-Dquern.cuda.suite=whole` compiles all.
    @ParameterizedTest
    @ValueSource(ints = {80, 90, 100})
    void kernelsCompileAndKeepWithinTheirRegisters(int capability) {
        check(capability, Texts.of(BackendConformance.cases().filter(Texts::isChosen), PART), "exact");
    }

    /// Those of matrix units alone, of products and convolutions.
    @ParameterizedTest
    @ValueSource(ints = {80, 90, 100})
    void productsOfRoundedOperandsCompile(int capability) {
        Stream<Launch> launches = Stream.of(ProductPrecision.TF32, ProductPrecision.BF16, ProductPrecision.F16)
                .flatMap(p -> BackendConformance.cases()
                        .filter(c -> c.name().startsWith("Contract") || c.name().startsWith("Convolve"))
                        .flatMap(c -> Texts.of(c, p).stream()))
                .filter(l -> l.text().contains("multiply_"));
        check(capability, Texts.parts(launches, PART), "rounded");
    }

    private static void check(int capability, List<List<Launch>> parts, String what) {
        Nvrtc nvrtc = compiler();
        Map<String, Cubin.Needs> needs = new TreeMap<>();
        List<String> kernels = new ArrayList<>();
        for (List<Launch> part : parts) {
            byte[] image = nvrtc.compile(
                    Dialect.CUDA.source(part.stream().map(Launch::text).toList()), capability);
            needs.putAll(Cubin.needs(image));
            part.forEach(l -> kernels.add(l.function()));
        }
        assertThat(needs).containsKeys(kernels.toArray(String[]::new));
        needs.keySet().retainAll(kernels);
        int most =
                needs.values().stream().mapToInt(Cubin.Needs::registers).max().orElseThrow();
        List<String> local = needs.entrySet().stream()
                .filter(n -> n.getValue().localBytes() > 0)
                .map(n -> n.getKey().replaceAll("_[0-9a-f]*$", ""))
                .toList();
        System.out.printf(
                "%s, sm_%d, %s products: %d kernels, at most %d registers, %d with local memory: %s%n",
                nvrtc.name(), capability, what, kernels.size(), most, local.size(), Set.copyOf(local));
        assertThat(most).as("registers of a thread").isLessThanOrEqualTo(REGISTERS);
        assertThat(local.stream().filter(kind -> !kind.equals("q_reduce")))
                .as("kernels with local memory")
                .hasSizeLessThanOrEqualTo(kernels.size() / LOCAL_SHARE);
    }

    @Test
    void aSourceThatDoesNotCompileGivesTheLog() {
        assertThatThrownBy(() -> compiler().compile("KERNEL bad() { no_such_name = 1; }", 90))
                .isInstanceOf(CompilationException.class)
                .hasMessageContaining("quern.cu");
    }

    @Test
    void aDeviceThatTheCompilerDoesNotKnowGetsPtx() {
        Nvrtc nvrtc = compiler();
        byte[] image = nvrtc.compile(
                "extern \"C\" __global__ void f() {}", nvrtc.architectures().getLast() + 1);
        assertThat(new String(image, StandardCharsets.US_ASCII)).contains(".visible .entry f");
    }
}
