package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Kernel;
import java.util.OptionalLong;
import org.junit.jupiter.api.condition.EnabledIf;

/// The suite's convolutions and their gradients, all of which the stand-in for cuDNN does that it can do.
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
class StandInConvolutionsTest extends StandInLibraryTest {
    @Override
    OptionalLong multiplications(Kernel kernel) {
        return kernel instanceof Kernel.Convolve k
                        && ProductForm.product(k).isEmpty()
                        && !ConvolutionForm.of(k, ProductPrecision.F32).isEmpty()
                ? OptionalLong.of((long) k.output().length()
                        * k.weights().length()
                        / Math.max(1, k.output().dim(1)))
                : OptionalLong.empty();
    }
}
