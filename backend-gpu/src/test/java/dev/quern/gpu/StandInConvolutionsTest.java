package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Kernel;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import org.junit.jupiter.api.condition.EnabledIf;

/// The suite's convolutions and their gradients, all of which the stand-in for cuDNN does that it can do.
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
class StandInConvolutionsTest extends BackendConformance {
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
                .anyMatch(s -> s.kernel() instanceof Kernel.Convolve k
                        && ProductForm.product(k).isEmpty()
                        && (long) k.output().length()
                                        * k.weights().length()
                                        / Math.max(1, k.output().dim(1))
                                < MOST
                        && !ConvolutionForm.of(k, ProductPrecision.F32).isEmpty());
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
