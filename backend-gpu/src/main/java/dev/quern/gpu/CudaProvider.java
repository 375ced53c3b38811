package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import dev.quern.gpu.driver.Libraries;

/// Finds the `cuda` backend. All models share one, on the device that `-Dquern.cuda.device` names by its number, else
/// on the first.
public final class CudaProvider implements BackendProvider {

    /// For `ServiceLoader`.
    public CudaProvider() {}

    /// What was found when first asked for.
    private static final class Shared {
        static final Availability FOUND = Discovery.find(Libraries.ofThisMachine());
    }

    @Override
    public String name() {
        return CudaBackend.NAME;
    }

    @Override
    public int preference() {
        return 1;
    }

    @Override
    public Availability probe() {
        if (!CudaProvider.class.getModule().isNativeAccessEnabled()) {
            return new Availability.Unavailable(
                    "this JVM grants no native access",
                    "start it with --enable-native-access=ALL-UNNAMED, or =dev.quern.gpu on the module path");
        }
        return Shared.FOUND;
    }
}
