package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendException;
import dev.quern.backend.BackendProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Finds the `fpga` backend: the bundle that `-Dquern.fpga.bundle` or the environment's `QUERN_FPGA_BUNDLE` names, on
/// the card that takes its binary. Never chosen by itself.
public final class FpgaProvider implements BackendProvider {
    private static final String REMEDY =
            "write one with quern fpga bundle, build its kernels, and name it by -Dquern.fpga.bundle=DIR or"
                    + " QUERN_FPGA_BUNDLE";

    /// For `ServiceLoader`.
    public FpgaProvider() {}

    @Override
    public String name() {
        return "fpga";
    }

    @Override
    public int preference() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Availability probe() {
        Optional<Path> folder = Optional.ofNullable(System.getProperty("quern.fpga.bundle"))
                .or(() -> Optional.ofNullable(System.getenv("QUERN_FPGA_BUNDLE")))
                .map(Path::of);
        if (folder.isEmpty()) {
            return new Availability.Unavailable("no bundle of kernels is named", REMEDY);
        }
        try {
            return new Availability.Available(FpgaBundle.open(folder.get()), List.of("the kernels of " + folder.get()));
        } catch (BackendException unusable) {
            return new Availability.Unavailable(String.valueOf(unusable.getMessage()), REMEDY);
        } catch (LinkageError missing) {
            return new Availability.Unavailable(
                    "OpenCL could not be loaded: " + missing.getMessage(), "install the card's OpenCL driver");
        }
    }
}
