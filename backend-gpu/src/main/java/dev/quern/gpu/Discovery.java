package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaDriver.DeviceAttribute;
import dev.quern.gpu.driver.CudaException;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.LibraryException;
import dev.quern.gpu.jcuda.JcudaDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Looks for the driver, a device and the compiler, in this order, and says what is missing.
final class Discovery {
    private static final int LEAST_CAPABILITY = 75;

    private Discovery() {}

    /// @param chosen the number of the device
    static Availability find(Libraries libraries, int chosen) {
        CudaDriver driver;
        try {
            driver = driver(libraries);
        } catch (LibraryException missing) {
            return isJcuda()
                    ? new Availability.Unavailable(
                            String.valueOf(missing.getMessage()),
                            "add org.jcuda:jcuda:12.6.0 with its natives and an NVIDIA driver, or leave out"
                                    + " -Dquern.cuda.driver=jcuda")
                    : new Availability.Unavailable(
                            "no NVIDIA driver: " + missing.getMessage(),
                            "install the driver of an NVIDIA GPU, 525 or newer");
        } catch (CudaException failed) {
            return failed(failed);
        }
        CudaCompiler compiler;
        try {
            compiler = libraries.compiler();
        } catch (LibraryException missing) {
            return new Availability.Unavailable(
                    driver.name() + " is here, its run-time compiler is not: " + missing.getMessage(),
                    "install CUDA's NVRTC, for example the Python package nvidia-cuda-nvrtc-cu12, and name its folder"
                            + " in -Dquern.cuda.libraries or CUDA_HOME");
        }
        return find(driver, compiler, libraries, chosen);
    }

    private static boolean isJcuda() {
        return "jcuda".equals(System.getProperty("quern.cuda.driver"));
    }

    private static CudaDriver driver(Libraries libraries) {
        if (!isJcuda()) {
            return libraries.driver();
        }
        try {
            return new JcudaDriver();
        } catch (UnsatisfiedLinkError missing) {
            throw new LibraryException("JCuda's native library does not load: " + firstLine(missing));
        } catch (LinkageError missing) {
            throw new LibraryException("JCuda is not there: " + firstLine(missing));
        }
    }

    private static String firstLine(LinkageError e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /// @param libraries where those beside driver and compiler are, which are none the worse for being missing
    static Availability find(CudaDriver driver, CudaCompiler compiler, Libraries libraries, int chosen) {
        try {
            int count = driver.deviceCount();
            if (count == 0) {
                return new Availability.Unavailable(
                        driver.name() + " sees no device",
                        "see nvidia-smi; CUDA_VISIBLE_DEVICES may hide it, a container may lack it");
            }
            if (chosen < 0 || chosen >= count) {
                return new Availability.Unavailable(
                        "there is no CUDA device " + chosen,
                        "devices are cuda:0" + (count > 1 ? " to cuda:" + (count - 1) : "")
                                + ", and so are the numbers of -Dquern.cuda.device");
            }
            int capability = capability(driver, chosen);
            if (capability < LEAST_CAPABILITY) {
                return new Availability.Unavailable(
                        driver.deviceName(chosen) + " has compute capability " + capability / 10.0,
                        "a device of 7.5 (Turing, 2018) or newer is needed");
            }
            List<String> lines = new ArrayList<>();
            CudaAccelerator accelerator = new CudaAccelerator(driver, chosen, compiler, libraries);
            lines.add(description(driver, chosen) + ", " + driver.name() + ", " + compiler.name());
            for (int d = 0; d < count; d++) {
                if (d != chosen) {
                    lines.add(description(driver, d) + " (cuda:" + d + " in a list of devices, -Dquern.cuda.device=" + d
                            + " chooses it)");
                }
            }
            if (count > 1) {
                lines.add("gradients of several devices are summed by " + summing(libraries));
            }
            return new Availability.Available(new CudaBackend(accelerator, libraries), lines);
        } catch (CudaException failed) {
            return failed(failed);
        }
    }

    private static String summing(Libraries libraries) {
        try {
            return libraries.collectives().name();
        } catch (LibraryException missing) {
            return "the processor: " + NcclSum.missing(missing);
        }
    }

    private static Availability failed(CudaException failed) {
        return new Availability.Unavailable(
                failed.kind().meaning() + ": " + failed.getMessage(),
                failed.kind().remedy());
    }

    static int capability(CudaDriver driver, int device) {
        return 10 * driver.attribute(DeviceAttribute.CAPABILITY_MAJOR, device)
                + driver.attribute(DeviceAttribute.CAPABILITY_MINOR, device);
    }

    private static String description(CudaDriver driver, int device) {
        return String.format(
                Locale.ROOT,
                "%s, compute capability %.1f, %d MiB",
                driver.deviceName(device),
                capability(driver, device) / 10.0,
                driver.deviceBytes(device) >> 20);
    }
}
