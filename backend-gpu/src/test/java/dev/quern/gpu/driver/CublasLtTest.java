package dev.quern.gpu.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.ProductPrecision;
import dev.quern.gpu.driver.MatrixProduct.Activation;
import dev.quern.gpu.driver.MatrixProduct.Matrix;
import dev.quern.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// NVIDIA's own library, where this machine has it. Without a GPU it describes products and multiplies nothing.
@EnabledIf(value = "isHere", disabledReason = "no libcublasLt here: pip install nvidia-cublas")
class CublasLtTest {
    private static MatrixProduct product(DType type, boolean isTransposed, int batch, Activation activation) {
        return product(type, isTransposed, batch, activation, ProductPrecision.F32);
    }

    private static MatrixProduct product(
            DType type, boolean isTransposed, int batch, Activation activation, ProductPrecision precision) {
        int m = 48;
        int n = 64;
        int k = 32;
        Matrix a = new Matrix(isTransposed ? k : m, (long) m * k, 256);
        Matrix b = new Matrix(isTransposed ? n : k, 0, 256);
        Matrix d = new Matrix(m, (long) m * n, 16);
        boolean isFloat = type != DType.F64;
        return new MatrixProduct(
                type,
                type,
                isTransposed,
                isTransposed,
                m,
                n,
                k,
                a,
                b,
                d,
                d,
                batch,
                0.5,
                true,
                isFloat,
                activation,
                precision);
    }

    static boolean isHere() {
        try {
            Libraries.ofThisMachine().products();
            return true;
        } catch (LibraryException none) {
            return false;
        }
    }

    private final CublasLt library = Libraries.ofThisMachine().products();

    @Test
    void saysItsVersion() {
        assertThat(library.name()).matches("cuBLASLt 1[2-9]\\.\\d+");
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16", "F32", "F64"})
    void takesTheDescriptionsOfAllTypes(DType type) {
        for (boolean isTransposed : new boolean[] {false, true}) {
            for (int batch : new int[] {1, 7}) {
                assertThatCode(() -> library.describe(product(type, isTransposed, batch, Activation.NONE), 256)
                                .close())
                        .doesNotThrowAnyException();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void takesTheDescriptionsOfAllActivations(Activation activation) {
        assertThatCode(() -> library.describe(product(DType.F32, false, 1, activation), 256)
                        .close())
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource(ProductPrecision.class)
    void takesTheDescriptionsOfAllPrecisions(ProductPrecision precision) {
        assertThatCode(() -> library.describe(product(DType.F32, true, 7, Activation.RELU, precision), 256)
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void refusesToChooseWithoutAHandle() {
        assertThatThrownBy(() -> library.choose(0, product(DType.F32, false, 1, Activation.NONE), 1 << 20))
                .isInstanceOf(VendorException.class)
                .hasMessageContaining("cublasLtMatmulAlgoGetHeuristic said 1, CUBLAS_STATUS_NOT_INITIALIZED");
    }
}
