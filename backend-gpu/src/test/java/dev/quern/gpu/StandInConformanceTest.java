package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.codegen.Launch;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/// The testkit's suite on the [StandIn]: what runs on a GPU, but for the driver and the machine. Functions of `f64` are
/// those of the C library.
///
/// The kernels of one case in eight are compiled, since g++ takes some 15 ms for each; `-Dquern.cuda.suite=whole` runs
/// all.
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
class StandInConformanceTest extends BackendConformance {
    private static final int TEXTS = 64;
    private static final CudaBackend BACKEND = new CudaBackend(StandIn.accelerator());

    @BeforeAll
    static void buildInParts() {
        for (List<Launch> part : Texts.of(BackendConformance.cases().filter(Texts::isChosen), TEXTS)) {
            BACKEND.accelerator().build(part);
        }
    }

    @Override
    protected Backend backend() {
        return BACKEND;
    }

    @Override
    protected boolean includes(KernelCase c) {
        return Texts.isChosen(c);
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
