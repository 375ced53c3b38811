package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.codegen.Launch;
import dev.quern.testkit.BackendConformance;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/// The testkit's suite on the GPU of this machine. Functions of `f64` are the device's own.
@EnabledIf(value = "hasDevice", disabledReason = "no CUDA device here; ./quern devices says why")
class CudaConformanceTest extends BackendConformance {
    private static final int TEXTS = 128;
    private static final Availability FOUND = new CudaProvider().probe();

    static boolean hasDevice() {
        return FOUND instanceof Availability.Available;
    }

    /// Large sources compile in a fraction of the time.
    @BeforeAll
    static void buildInParts() {
        CudaBackend backend = (CudaBackend) ((Availability.Available) FOUND).backend();
        for (List<Launch> part : Texts.of(BackendConformance.cases(), TEXTS)) {
            backend.accelerator().build(part);
        }
    }

    @Override
    protected Backend backend() {
        return ((Availability.Available) FOUND).backend();
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
