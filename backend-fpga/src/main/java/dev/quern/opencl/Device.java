package dev.quern.opencl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.jspecify.annotations.Nullable;

/// An OpenCL device.
///
/// @param name the vendor's
/// @param version of the device and its driver: what built programs depend on
/// @param hasDoubles whether it computes in `f64`
/// @param dividesExactly whether `f32` division and square root can be correctly rounded
/// @param keepsBuilt whether the driver keeps on disk what it built. PoCL does; asked for a binary it would compile
///     each kernel a second time (0.12 s of 0.27 s)
record Device(
        cl_platform_id platform,
        cl_device_id id,
        String name,
        String version,
        boolean isCpu,
        boolean isGpu,
        boolean hasDoubles,
        boolean dividesExactly,
        boolean keepsBuilt,
        long bytes) {

    private static final String POCL = "Portable Computing Language";

    /// All devices of all platforms that can compile.
    ///
    /// @throws CLException where there is no platform
    /// @throws LinkageError where there is no OpenCL library
    static List<Device> compiling() {
        return all().stream()
                .filter(d -> number(d.id(), CL.CL_DEVICE_COMPILER_AVAILABLE, Sizeof.cl_uint) != 0)
                .toList();
    }

    /// All devices of all platforms; cards only take what was built elsewhere.
    ///
    /// @throws CLException where there is no platform
    /// @throws LinkageError where there is no OpenCL library
    static List<Device> all() {
        CL.setExceptionsEnabled(true);
        int[] count = new int[1];
        CL.clGetPlatformIDs(0, null, count);
        cl_platform_id[] platforms = new cl_platform_id[count[0]];
        CL.clGetPlatformIDs(platforms.length, platforms, null);
        List<Device> devices = new ArrayList<>();
        for (cl_platform_id platform : platforms) {
            for (cl_device_id id : ids(platform)) {
                devices.add(of(platform, id));
            }
        }
        return devices;
    }

    private static cl_device_id[] ids(cl_platform_id platform) {
        try {
            int[] count = new int[1];
            CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
            cl_device_id[] ids = new cl_device_id[count[0]];
            CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, ids.length, ids, null);
            return ids;
        } catch (CLException none) {
            return new cl_device_id[0];
        }
    }

    private static Device of(cl_platform_id platform, cl_device_id id) {
        long type = number(id, CL.CL_DEVICE_TYPE, Sizeof.cl_long);
        long single = number(id, CL.CL_DEVICE_SINGLE_FP_CONFIG, Sizeof.cl_long);
        boolean doubles =
                Arrays.asList(text(id, CL.CL_DEVICE_EXTENSIONS).split(" ")).contains("cl_khr_fp64");
        return new Device(
                platform,
                id,
                text(id, CL.CL_DEVICE_NAME),
                text(id, CL.CL_DEVICE_VERSION) + " " + text(id, CL.CL_DRIVER_VERSION),
                (type & CL.CL_DEVICE_TYPE_CPU) != 0,
                (type & CL.CL_DEVICE_TYPE_GPU) != 0,
                doubles,
                (single & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0,
                name(platform).equals(POCL),
                number(id, CL.CL_DEVICE_GLOBAL_MEM_SIZE, Sizeof.cl_long));
    }

    /// The device whose name contains `wanted`; of several a GPU.
    static @Nullable Device choose(List<Device> devices, String wanted) {
        List<Device> fitting =
                devices.stream().filter(d -> d.name().contains(wanted)).toList();
        return fitting.stream().filter(Device::isGpu).findFirst().orElse(fitting.isEmpty() ? null : fitting.getFirst());
    }

    /// One line for a person.
    String description() {
        return String.format(
                Locale.ROOT,
                "%s, %s, %d MiB%s",
                name,
                isGpu ? "GPU" : isCpu ? "CPU" : "accelerator",
                bytes >> 20,
                hasDoubles ? "" : ", without f64");
    }

    private static long number(cl_device_id id, int what, int bytes) {
        long[] value = new long[1];
        CL.clGetDeviceInfo(id, what, bytes, Pointer.to(value), null);
        return value[0];
    }

    private static String text(cl_device_id id, int what) {
        long[] size = new long[1];
        CL.clGetDeviceInfo(id, what, 0, null, size);
        byte[] bytes = new byte[(int) size[0]];
        CL.clGetDeviceInfo(id, what, bytes.length, Pointer.to(bytes), null);
        return text(bytes);
    }

    private static String name(cl_platform_id platform) {
        long[] size = new long[1];
        CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, 0, null, size);
        byte[] bytes = new byte[(int) size[0]];
        CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, bytes.length, Pointer.to(bytes), null);
        return text(bytes);
    }

    private static String text(byte[] ended) {
        return new String(ended, 0, Math.max(0, ended.length - 1), StandardCharsets.UTF_8).strip();
    }
}
