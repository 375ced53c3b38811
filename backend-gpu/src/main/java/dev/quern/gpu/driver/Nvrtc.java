package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;

/// NVIDIA's run-time compiler, `libnvrtc`. It needs neither a GPU nor a driver.
public final class Nvrtc implements CudaCompiler {
    /// Every rounding is said in the text.
    private static final List<String> OPTIONS = List.of("--fmad=false", "--std=c++17");

    private final Library<NvrtcFunction> library;
    private final String name;
    private final TreeSet<Integer> architectures = new TreeSet<>();

    /// @param path the library's, for errors
    /// @throws LibraryException where it is not what it should be
    public Nvrtc(String path, SymbolLookup symbols) {
        this.library = new Library<>(path, symbols, NvrtcFunction.values());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            call(NvrtcFunction.VERSION, f -> (int) f.invokeExact(major, minor));
            this.name = "NVRTC " + major.get(JAVA_INT, 0) + "." + minor.get(JAVA_INT, 0);
            MemorySegment count = arena.allocate(JAVA_INT);
            call(NvrtcFunction.ARCHITECTURE_COUNT, f -> (int) f.invokeExact(count));
            MemorySegment all = arena.allocate(JAVA_INT, count.get(JAVA_INT, 0));
            call(NvrtcFunction.ARCHITECTURES, f -> (int) f.invokeExact(all));
            for (int i = 0; i < count.get(JAVA_INT, 0); i++) {
                architectures.add(all.getAtIndex(JAVA_INT, i));
            }
        }
    }

    private interface Call {
        int by(MethodHandle f) throws Throwable;
    }

    private int status(NvrtcFunction function, Call call) {
        MethodHandle f = library.handle(function);
        return Library.status(() -> call.by(f));
    }

    private void call(NvrtcFunction function, Call call) {
        int code = status(function, call);
        if (code != 0) {
            throw new LibraryException(function.symbol() + " of " + library.name() + " said " + code);
        }
    }

    @Override
    public String name() {
        return name;
    }

    /// The compute capabilities it has machine code for.
    public List<Integer> architectures() {
        return List.copyOf(architectures);
    }

    @Override
    public byte[] compile(String source, int capability) {
        Integer nearest = architectures.floor(capability);
        if (nearest == null) {
            throw new CompilationException(name + " compiles for compute capability " + architectures.getFirst()
                    + " and later, not " + capability + ": use an older one");
        }
        boolean isOwn = nearest == capability;
        String architecture = "--gpu-architecture=" + (isOwn ? "sm_" : "compute_") + nearest;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(ADDRESS);
            MemorySegment text = arena.allocateFrom(source);
            MemorySegment title = arena.allocateFrom("quern.cu");
            MemorySegment none = MemorySegment.NULL;
            call(NvrtcFunction.CREATE, f -> (int) f.invokeExact(program, text, title, 0, none, none));
            long handle = program.get(JAVA_LONG, 0);
            try {
                compile(handle, architecture, arena);
                return isOwn
                        ? result(handle, NvrtcFunction.CUBIN_SIZE, NvrtcFunction.CUBIN, arena)
                        : result(handle, NvrtcFunction.PTX_SIZE, NvrtcFunction.PTX, arena);
            } finally {
                call(NvrtcFunction.DESTROY, f -> (int) f.invokeExact(program));
            }
        }
    }

    private void compile(long program, String architecture, Arena arena) {
        MemorySegment options = arena.allocate(ADDRESS, OPTIONS.size() + 1L);
        options.setAtIndex(ADDRESS, 0, arena.allocateFrom(architecture));
        for (int i = 0; i < OPTIONS.size(); i++) {
            options.setAtIndex(ADDRESS, i + 1L, arena.allocateFrom(OPTIONS.get(i)));
        }
        int count = OPTIONS.size() + 1;
        if (status(NvrtcFunction.COMPILE, f -> (int) f.invokeExact(program, count, options)) != 0) {
            byte[] log = result(program, NvrtcFunction.LOG_SIZE, NvrtcFunction.LOG, arena);
            throw new CompilationException(new String(log, StandardCharsets.UTF_8).strip());
        }
    }

    private byte[] result(long program, NvrtcFunction size, NvrtcFunction content, Arena arena) {
        MemorySegment length = arena.allocate(JAVA_LONG);
        call(size, f -> (int) f.invokeExact(program, length));
        MemorySegment bytes = arena.allocate(Math.max(1, length.get(JAVA_LONG, 0)));
        call(content, f -> (int) f.invokeExact(program, bytes));
        return bytes.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    }
}
