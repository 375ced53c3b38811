package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Kernel;
import java.util.OptionalLong;
import org.junit.jupiter.api.condition.EnabledIf;

/// The suite's products, all of which the stand-in for cuBLASLt does that it can do.
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
class StandInProductsTest extends StandInLibraryTest {
    @Override
    OptionalLong multiplications(Kernel kernel) {
        return ProductForm.product(kernel).stream()
                .filter(k -> k.accumulate().isFloat()
                        && ProductForm.of(k, ProductPrecision.F32).isPresent())
                .mapToLong(k -> (long) k.output().length() * k.a().dim(k.a().rank() - 1))
                .findFirst();
    }
}
