package dev.quern.reference;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import java.util.Optional;

/// Interprets kernels in plain Java on the caller's thread. Total but for [Kernel.Native]: it claims no operator.
public final class ReferenceBackend implements Backend {
    static final String NAME = "reference";

    /// A backend without state; one is as good as another.
    public ReferenceBackend() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> refuses(Kernel kernel) {
        return kernel instanceof Kernel.Native
                ? Optional.of("the reference backend claims no operator, so not " + kernel.name())
                : Optional.empty();
    }

    /// @throws dev.quern.backend.BackendException where a step is a [Kernel.Native]
    @Override
    public Executable compile(Program program, Settings settings) {
        return new ReferenceExecutable(program);
    }
}
