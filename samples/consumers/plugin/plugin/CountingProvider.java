package plugin;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import java.util.List;

/// Offers the backend `counting`, and never as the default.
public final class CountingProvider implements BackendProvider {

    /// Called by `ServiceLoader`.
    public CountingProvider() {}

    @Override
    public String name() {
        return "counting";
    }

    @Override
    public int preference() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Availability probe() {
        return new Availability.Available(new CountingBackend(), List.of("counting: one device that counts its runs"));
    }
}
