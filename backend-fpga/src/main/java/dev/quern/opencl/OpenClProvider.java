package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Finds the `opencl` backend. All models share one, on one device: the one that `-Dquern.opencl.device` names by a
/// part of its name, else the first GPU, else the first device.
///
/// Names nothing of JOCL itself, so that it can say so where that is not on the path.
public final class OpenClProvider implements BackendProvider {

    /// For `ServiceLoader`.
    public OpenClProvider() {}

    /// What was found when first asked for.
    private static final class Shared {
        static final Availability FOUND = find(Discovery::find);
        static final Map<Integer, Availability> BY_NUMBER = new ConcurrentHashMap<>();

        private static Availability find(Supplier<Availability> search) {
            try {
                return search.get();
            } catch (LinkageError missing) {
                return new Availability.Unavailable("OpenCL could not be loaded: " + missing.getMessage(), REMEDY);
            }
        }
    }

    static final String REMEDY =
            "install an OpenCL driver, for a CPU for example Debian's pocl-opencl-icd and ocl-icd-libopencl1";

    @Override
    public String name() {
        return "opencl";
    }

    @Override
    public int preference() {
        return 1;
    }

    @Override
    public Availability probe() {
        return Shared.FOUND;
    }

    @Override
    public Availability probe(int device) {
        return Shared.BY_NUMBER.computeIfAbsent(
                device, number -> Shared.find(() -> Discovery.find(number, Shared.FOUND)));
    }
}
