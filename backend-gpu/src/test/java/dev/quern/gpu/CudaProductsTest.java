package dev.quern.gpu;

import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.LibraryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Products by NVIDIA's own cuBLASLt and convolutions by its cuDNN on the GPU of this machine, beside those of
/// generated kernels.
@EnabledIf(value = "isHere", disabledReason = "no CUDA device with cuBLASLt and cuDNN here; ./quern devices says why")
class CudaProductsTest {
    private static final Libraries LIBRARIES = Libraries.ofThisMachine();

    static boolean isHere() {
        try {
            LIBRARIES.products();
            LIBRARIES.convolutions();
            return CudaConformanceTest.hasDevice();
        } catch (LibraryException none) {
            return false;
        }
    }

    private static CudaAccelerator accelerator(long least) {
        return new CudaAccelerator(
                LIBRARIES.driver(),
                Integer.getInteger("quern.cuda.device", 0),
                LIBRARIES.compiler(),
                DiskCache.of(CudaBackend.NAME),
                a -> StandIn.work(a, LIBRARIES, least));
    }

    @Test
    void layersAreThoseOfKernels() {
        LibraryProductsTest.LAYERS.compare(accelerator(Long.MAX_VALUE), accelerator(1));
    }

    @Test
    void convolutionsAreThoseOfKernels() {
        LibraryConvolutionsTest.LAYERS.compare(accelerator(Long.MAX_VALUE), accelerator(1));
    }
}
