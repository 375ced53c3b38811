package dev.quern.cpu.simd;

import dev.quern.cpu.gemm.BlockKernels;
import dev.quern.cpu.run.Warmer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every vector width, also those that this processor lacks (slow, but the same code), against the plain form.
class VectorBlockKernelTest {

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16})
    void sameBitsAsThePlainForm(int lanes) {
        try (Warmer warmer = new Warmer()) {
            BlockKernels.compareWithPlain(new VectorBlockKernel(new MicroKernels(lanes, warmer)));
        }
    }
}
