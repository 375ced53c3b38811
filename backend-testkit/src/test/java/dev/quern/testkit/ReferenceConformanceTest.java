package dev.quern.testkit;

import dev.quern.backend.Backend;
import dev.quern.reference.ReferenceBackend;

/// The reference backend against the oracle.
class ReferenceConformanceTest extends BackendConformance {
    private final Backend backend = new ReferenceBackend();

    @Override
    protected Backend backend() {
        return backend;
    }
}
