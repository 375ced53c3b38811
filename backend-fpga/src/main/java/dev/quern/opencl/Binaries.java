package dev.quern.opencl;

import dev.quern.backend.BackendException;
import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_program;

/// Programs in the form that a device's compiler leaves.
final class Binaries {
    private Binaries() {}

    /// The binary of a program that is built.
    static byte[] of(cl_program program) {
        long[] size = new long[1];
        CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null);
        byte[] binary = new byte[Math.toIntExact(size[0])];
        CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(Pointer.to(binary)), null);
        return binary;
    }

    /// The program of a binary, whose bytes must be whole: drivers do not look.
    ///
    /// @throws CLException where the driver does not take it
    /// @throws BackendException where it cannot be made ready
    static cl_program load(byte[] binary, cl_context context, Device device, String options) {
        cl_program program = CL.clCreateProgramWithBinary(
                context,
                1,
                new cl_device_id[] {device.id()},
                new long[] {binary.length},
                new byte[][] {binary},
                new int[1],
                null);
        build(program, device, options);
        return program;
    }

    /// @throws BackendException where the device's compiler fails, with its log
    static void build(cl_program program, Device device, String options) {
        try {
            CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, options, null, null);
        } catch (CLException failed) {
            throw new BackendException("opencl: the compiler of " + device.name() + " failed ("
                    + String.valueOf(failed.getMessage()).lines().findFirst().orElse("") + "): "
                    + log(program, device));
        }
    }

    private static String log(cl_program program, Device device) {
        long[] size = new long[1];
        CL.clGetProgramBuildInfo(program, device.id(), CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
        byte[] text = new byte[Math.toIntExact(size[0])];
        CL.clGetProgramBuildInfo(program, device.id(), CL.CL_PROGRAM_BUILD_LOG, text.length, Pointer.to(text), null);
        return new String(text, StandardCharsets.UTF_8).strip();
    }
}
