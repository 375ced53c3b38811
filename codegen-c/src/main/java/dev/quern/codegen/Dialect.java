package dev.quern.codegen;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/// A language of the C family: the header that gives the words of kernel texts their meaning.
///
/// @param name for people
/// @param header macros, types and pragmas
/// @param functions what this language alone has for kernels to call
public record Dialect(String name, String header, String functions) {

    /// OpenCL C 1.2; `f64` where the device has `cl_khr_fp64`.
    public static final Dialect OPENCL = new Dialect("OpenCL C 1.2", resource("opencl.h"), "");

    /// CUDA C++ as NVRTC compiles it, without any include. Compile with `-fmad=false`, since every rounding is
    /// said.
    public static final Dialect CUDA = new Dialect("CUDA C++", resource("cuda.h"), resource("matrix.h"));

    private static final String PRELUDE = resource("prelude.c");

    /// A whole source: the header, the functions that kernels call, and the kernels.
    public String source(Collection<String> kernels) {
        return header + PRELUDE + functions + String.join("", kernels);
    }

    private static String resource(String name) {
        try (InputStream in = Dialect.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing from this jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
