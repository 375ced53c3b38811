package dev.quern.opencl;

import dev.quern.backend.Availability;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CLException;

/// Looks for devices and chooses one.
final class Discovery {
    private Discovery() {}

    /// @throws LinkageError where JOCL or the system's OpenCL library is missing
    static Availability find() {
        try {
            List<Device> devices = Device.compiling();
            if (devices.isEmpty()) {
                return new Availability.Unavailable("no OpenCL device here", OpenClProvider.REMEDY);
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
        } catch (CLException failed) {
            return new Availability.Unavailable(
                    "OpenCL found no device: " + failed.getMessage(), OpenClProvider.REMEDY);
        }
    }
}
