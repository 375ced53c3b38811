package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CLException;

/// Looks for devices and chooses one.
final class Discovery {
    private Discovery() {}

    /// One device by its number.
    ///
    /// @param chosen what [#find()] has found: its backend serves its device by number too
    /// @throws LinkageError where JOCL or the system's OpenCL library is missing
    static Availability find(int number, Availability chosen) {
        if (!(chosen instanceof Availability.Available(Backend backend, List<String> ignored))) {
            return chosen;
        }
        List<Device> devices = Device.compiling();
        if (number >= devices.size()) {
            return new Availability.Unavailable(
                    "there is no OpenCL device " + number,
                    "devices are opencl:0" + (devices.size() > 1 ? " to opencl:" + (devices.size() - 1) : ""));
        }
        Device device = devices.get(number);
        return ((OpenClBackend) backend).accelerator().isOf(device)
                ? chosen
                : new Availability.Available(new OpenClBackend(device), List.of(device.description()));
    }

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
            for (int i = 0; i < devices.size(); i++) {
                if (!devices.get(i).equals(chosen)) {
                    lines.add(devices.get(i).description() + " (opencl:" + i
                            + " in a list of devices, -Dquern.opencl.device chooses it)");
                }
            }
            return new Availability.Available(new OpenClBackend(chosen), lines);
        } catch (CLException failed) {
            return new Availability.Unavailable(
                    "OpenCL found no device: " + failed.getMessage(), OpenClProvider.REMEDY);
        }
    }
}
