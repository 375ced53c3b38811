package dev.quern.cpu;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import java.util.List;

/// Finds the `cpu` backend, which is always there. All models share one, with one pool of threads.
public final class CpuProvider implements BackendProvider {

    /// The backend that every model shares, made when first asked for.
    private static final class Shared {
        static final CpuBackend BACKEND =
                new CpuBackend(Tier.best(), Runtime.getRuntime().availableProcessors(), Tier.isVectorForced());
    }

    @Override
    public String name() {
        return CpuBackend.NAME;
    }

    @Override
    public int preference() {
        return 10;
    }

    @Override
    public Availability probe() {
        return new Availability.Available(Shared.BACKEND, List.of(Shared.BACKEND.description()));
    }
}
