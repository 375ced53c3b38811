package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaDriver.DeviceAttribute;
import dev.quern.gpu.driver.CudaException;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.LibraryException;
import dev.quern.gpu.driver.Products;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Looks for the driver, a device and the compiler, in this order, and says what is missing.
final class Discovery {
    private static final int LEAST_CAPABILITY = 75;

    private Discovery() {}

    static Availability find(Libraries libraries) {
        CudaDriver driver;
        try {
            driver = libraries.driver();
        } catch (LibraryException missing) {
            return new Availability.Unavailable(
                    "no NVIDIA driver: " + missing.getMessage(), "install the driver of an NVIDIA GPU, 525 or newer");
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
        return find(driver, compiler, libraries::products);
    }

    /// @param products finds the library of products, which is none the worse for being missing
    static Availability find(CudaDriver driver, CudaCompiler compiler, Supplier<Products> products) {
        try {
            int count = driver.deviceCount();
            if (count == 0) {
                return new Availability.Unavailable(
                        driver.name() + " sees no device",
                        "see nvidia-smi; CUDA_VISIBLE_DEVICES may hide it, a container may lack it");
            }
            int chosen = Integer.getInteger("quern.cuda.device", 0);
            if (chosen < 0 || chosen >= count) {
                return new Availability.Unavailable(
                        "there is no CUDA device " + chosen,
                        "set quern.cuda.device to a number from 0 to " + (count - 1));
            }
            int capability = capability(driver, chosen);
            if (capability < LEAST_CAPABILITY) {
                return new Availability.Unavailable(
                        driver.deviceName(chosen) + " has compute capability " + capability / 10.0,
                        "a device of 7.5 (Turing, 2018) or newer is needed");
            }
            List<String> lines = new ArrayList<>();
            CudaAccelerator accelerator = new CudaAccelerator(driver, chosen, compiler, products);
            lines.add(description(driver, chosen) + ", " + driver.name() + ", " + compiler.name());
            for (int d = 0; d < count; d++) {
                if (d != chosen) {
                    lines.add(description(driver, d) + " (-Dquern.cuda.device=" + d + " chooses it)");
                }
            }
            return new Availability.Available(new CudaBackend(accelerator), lines);
        } catch (CudaException failed) {
            return failed(failed);
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
