package dev.quern.gpu.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.ProductPrecision;
import dev.quern.gpu.driver.TensorConvolution.Layout;
import dev.quern.gpu.driver.TensorConvolution.Result;
import dev.quern.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// NVIDIA's own library, where this machine has it. Without a GPU it describes convolutions and does none.
@EnabledIf(value = "isHere", disabledReason = "no libcudnn here: pip install nvidia-cudnn-cu12")
class CudnnTest {
    private static TensorConvolution convolution(DType type, boolean isLast, int groups, boolean isRelu) {
        return convolution(Result.OUTPUT, type, isLast, groups, isRelu);
    }

    private static TensorConvolution convolution(
            Result result, DType type, boolean isLast, int groups, boolean isRelu) {
        List<Integer> xStrides = isLast ? List.of(1120, 1, 224, 32) : List.of(1120, 35, 7, 1);
        List<Integer> yStrides = isLast ? List.of(1680, 1, 336, 48) : List.of(1680, 35, 7, 1);
        return new TensorConvolution(
                result,
                type,
                new Layout(List.of(2, 32, 5, 7), xStrides),
                List.of(48, 32 / groups, 3, 3),
                isLast,
                new Layout(List.of(2, 48, 5, 7), yStrides),
                List.of(1, 1),
                List.of(1, 1),
                List.of(1, 1),
                groups,
                1,
                result == Result.OUTPUT,
                isRelu,
                isRelu,
                ProductPrecision.F32);
    }

    static boolean isHere() {
        try {
            Libraries.ofThisMachine().convolutions();
            return true;
        } catch (LibraryException none) {
            return false;
        }
    }

    private final Cudnn library = Libraries.ofThisMachine().convolutions();

    @Test
    void saysItsVersion() {
        assertThat(library.name()).matches("cuDNN [89]\\.\\d+");
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16", "F32"})
    void takesTheDescriptionsOfAllTypes(DType type) {
        for (boolean isLast : new boolean[] {false, true}) {
            for (int groups : new int[] {1, 16}) {
                for (boolean isRelu : new boolean[] {false, true}) {
                    assertThatCode(() -> library.describe(convolution(type, isLast, groups, isRelu), 0)
                                    .close())
                            .doesNotThrowAnyException();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Result.class)
    void takesTheDescriptionsOfGradients(Result result) {
        for (int groups : new int[] {1, 16}) {
            assertThatCode(() -> library.describe(convolution(result, DType.F32, false, groups, false), 3)
                            .close())
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void takesAllKindsOfMath(int math) {
        assertThatCode(() -> library.describe(convolution(DType.F32, false, 1, true), math)
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void refusesWhatIsNoConvolution() {
        TensorConvolution good = convolution(DType.F32, false, 1, true);
        TensorConvolution bad = new TensorConvolution(
                good.result(),
                good.elements(),
                good.x(),
                good.weights(),
                false,
                good.y(),
                List.of(-1, -1),
                good.strides(),
                good.dilations(),
                1,
                1,
                true,
                true,
                true,
                ProductPrecision.F32);
        assertThatThrownBy(() -> library.describe(bad, 0))
                .isInstanceOf(VendorException.class)
                .hasMessageContaining("cudnnSetConvolutionNdDescriptor said ")
                .hasMessageContaining("CUDNN_STATUS_BAD_PARAM");
    }
}
