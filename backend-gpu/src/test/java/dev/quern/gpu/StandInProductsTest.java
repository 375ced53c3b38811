package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.backend.ProductPrecision;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import org.junit.jupiter.api.condition.EnabledIf;

/// The suite's products, all of which the stand-in for cuBLASLt does that it can do.
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
class StandInProductsTest extends BackendConformance {
    /// Multiplications: the stand-in is slow, and cannot be stopped.
    private static final long MOST = 1L << 22;

    private static final CudaBackend BACKEND = new CudaBackend(StandIn.accelerator(1));

    @Override
    protected Backend backend() {
        return BACKEND;
    }

    @Override
    protected boolean includes(KernelCase c) {
        return c.program().steps().stream()
                .flatMap(s -> ProductForm.product(s.kernel()).stream())
                .anyMatch(k -> k.accumulate().isFloat()
                        && (long) k.output().length() * k.a().dim(k.a().rank() - 1) < MOST
                        && ProductForm.of(k, ProductPrecision.F32).isPresent());
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
