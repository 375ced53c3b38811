package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.util.function.Function;

/// Models by kernels and by libraries.
final class SameResults {
    private static final double TOLERANCE = 1e-5;

    private SameResults() {}

    /// Runs a model with one operand once by kernels, then by libraries: one by one, recorded, and replayed.
    static void compare(
            Function<CudaBackend, Model> model, Tensor x, CudaAccelerator byKernels, CudaAccelerator byLibrary) {
        float[] expected;
        try (CudaBackend backend = new CudaBackend(byKernels);
                Model own = model.apply(backend)) {
            expected = (float[]) own.run(x).array();
        }
        double scale = 0;
        for (float e : expected) {
            scale = Math.max(scale, Math.abs(e));
        }
        assertThat(scale).isPositive();
        try (CudaBackend backend = new CudaBackend(byLibrary);
                Model library = model.apply(backend)) {
            for (int i = 0; i < 4; i++) {
                float[] actual = (float[]) library.run(x).array();
                for (int e = 0; e < expected.length; e++) {
                    assertThat((double) actual[e])
                            .isBetween(expected[e] - TOLERANCE * scale, expected[e] + TOLERANCE * scale);
                }
            }
            // one says which library does products, one which does convolutions
            assertThat(backend.remarks()).hasSize(2);
        }
    }
}
