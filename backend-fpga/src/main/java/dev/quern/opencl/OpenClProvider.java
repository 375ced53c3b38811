package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CLException;

/// Finds the `opencl` backend. All models share one, on one device: the one that `-Dquern.opencl.device` names by a
/// part of its name, else the first GPU, else the first device.
public final class OpenClProvider implements BackendProvider {
    private static final String REMEDY =
            "install an OpenCL driver, for a CPU for example Debian's pocl-opencl-icd and ocl-icd-libopencl1";

    /// For `ServiceLoader`.
    public OpenClProvider() {}

    /// What was found when first asked for.
    private static final class Shared {
        static final Availability FOUND = find();
    }

    @Override
    public String name() {
        return OpenClBackend.NAME;
    }

    @Override
    public int preference() {
        return 1;
    }

    @Override
    public Availability probe() {
        return Shared.FOUND;
    }

    private static Availability find() {
        try {
            List<Device> devices = Device.all();
            if (devices.isEmpty()) {
                return new Availability.Unavailable("no OpenCL device here", REMEDY);
            }
            String wanted = System.getProperty("quern.opencl.device", "");
            Device chosen = Device.choose(devices, wanted);
            if (chosen == null) {
                return new Availability.Unavailable(
                        "no OpenCL device is called \"" + wanted + "\"",
                        "set quern.opencl.device to a part of one of: "
                                + String.join(
                                        ", ", devices.stream().map(Device::name).toList()));
            }
            List<String> lines = new ArrayList<>(List.of(chosen.description()));
            devices.stream()
                    .filter(d -> !d.equals(chosen))
                    .forEach(d -> lines.add(d.description() + " (-Dquern.opencl.device chooses it)"));
            return new Availability.Available(new OpenClBackend(chosen), lines);
        } catch (LinkageError missing) {
            return new Availability.Unavailable("OpenCL could not be loaded: " + firstLine(missing), REMEDY);
        } catch (CLException failed) {
            return new Availability.Unavailable("OpenCL found no device: " + firstLine(failed), REMEDY);
        }
    }

    private static String firstLine(Throwable t) {
        return String.valueOf(t.getMessage()).lines().findFirst().orElse("no reason given");
    }
}
