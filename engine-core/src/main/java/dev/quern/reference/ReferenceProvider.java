package dev.quern.reference;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import java.util.List;

/// Offers the reference backend: everywhere available, never preferred.
public final class ReferenceProvider implements BackendProvider {

    /// For `ServiceLoader`.
    public ReferenceProvider() {}

    @Override
    public String name() {
        return ReferenceBackend.NAME;
    }

    @Override
    public int preference() {
        return -100;
    }

    @Override
    public Availability probe() {
        return new Availability.Available(
                new ReferenceBackend(), List.of("plain Java interpreter of kernels, one thread a run"));
    }
}
