package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.kernel.Kernel;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.util.OptionalLong;

/// The programs of the suite with work that the stand-in for a library does.
abstract class StandInLibraryTest extends BackendConformance {
    /// Multiplications: the stand-in is slow, and cannot be stopped.
    private static final long MOST = 1L << 22;

    private static final CudaBackend BACKEND = new CudaBackend(StandIn.accelerator(1));

    /// Multiplications of a kernel that is the library's; nothing of another.
    abstract OptionalLong multiplications(Kernel kernel);

    @Override
    protected final Backend backend() {
        return BACKEND;
    }

    @Override
    protected final boolean includes(KernelCase c) {
        return c.program().steps().stream()
                .flatMapToLong(s -> multiplications(s.kernel()).stream())
                .anyMatch(m -> m < MOST);
    }

    @Override
    protected final int lastPlaces() {
        return 4;
    }
}
