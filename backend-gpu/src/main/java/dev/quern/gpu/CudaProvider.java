package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import dev.quern.gpu.driver.Libraries;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Finds the `cuda` backend. All models on a device share one; the device is that which `-Dquern.cuda.device` names by
/// its number, else the first, unless one is asked for by its number (`cuda:1`).
public final class CudaProvider implements BackendProvider {

    /// For `ServiceLoader`.
    public CudaProvider() {}

    /// What was found when first asked for, by the number of the device.
    private static final Map<Integer, Availability> FOUND = new ConcurrentHashMap<>();

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
        return probe(Integer.getInteger("quern.cuda.device", 0));
    }

    @Override
    public Availability probe(int device) {
        if (!CudaProvider.class.getModule().isNativeAccessEnabled()) {
            return new Availability.Unavailable(
                    "this JVM grants no native access",
                    "start it with --enable-native-access=ALL-UNNAMED, or =dev.quern.gpu on the module path");
        }
        return FOUND.computeIfAbsent(device, d -> Discovery.find(Libraries.ofThisMachine(), d));
    }
}
