package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quern.gpu.driver.Library.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// The driver by way of java.lang.foreign: `libcuda.so.1`, or what is given for it.
@SuppressWarnings("restricted") // the provider asks first whether this JVM grants native access
public final class LinkedDriver implements CudaDriver {
    private static final int NO_DEVICE = 100;
    private static final int STREAM_NON_BLOCKING = 1;
    private static final int EVENT_DISABLE_TIMING = 2;
    private static final int CAPTURE_THREAD_LOCAL = 1;
    private static final int NAME_BYTES = 256;

    private final Library<DriverFunction> library;
    private final int version;

    /// @param path the library's, for errors
    /// @throws LibraryException where it is not what it should be
    /// @throws CudaException where it finds no way to a device
    public LinkedDriver(String path, SymbolLookup symbols) {
        this.library = new Library<>(path, symbols, DriverFunction.values());
        call(DriverFunction.INIT, f -> (int) f.invokeExact(0));
        this.version = intOf(DriverFunction.DRIVER_VERSION, (f, out) -> (int) f.invokeExact(out));
    }

    /// A call by its handle.
    private interface Call {
        int by(MethodHandle f) throws Throwable;
    }

    /// A call that leaves a result in memory.
    private interface Getter {
        int by(MethodHandle f, MemorySegment out) throws Throwable;
    }

    private void call(DriverFunction function, Call call) {
        MethodHandle f = library.handle(function);
        check(function, Library.status(() -> call.by(f)));
    }

    private void check(DriverFunction function, int code) {
        if (code != 0) {
            throw new CudaException(code, function.symbol(), words(code));
        }
    }

    private String words(int code) {
        return word(DriverFunction.ERROR_NAME, code) + ": " + word(DriverFunction.ERROR_STRING, code);
    }

    private String word(DriverFunction function, int code) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            MethodHandle f = library.handle(function);
            Downcall ask = () -> (int) f.invokeExact(code, out);
            return Library.status(ask) == 0 && out.get(ADDRESS, 0).address() != 0
                    ? out.get(ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0)
                    : "an unknown error";
        }
    }

    private int intOf(DriverFunction function, Getter getter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            call(function, f -> getter.by(f, out));
            return out.get(JAVA_INT, 0);
        }
    }

    private long longOf(DriverFunction function, Getter getter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            call(function, f -> getter.by(f, out));
            return out.get(JAVA_LONG, 0);
        }
    }

    @Override
    public String name() {
        return String.format(Locale.ROOT, "CUDA %d.%d", version / 1000, version % 1000 / 10);
    }

    @Override
    public int deviceCount() {
        try {
            return intOf(DriverFunction.DEVICE_COUNT, (f, out) -> (int) f.invokeExact(out));
        } catch (CudaException none) {
            if (none.code() == NO_DEVICE) {
                return 0;
            }
            throw none;
        }
    }

    private int handle(int device) {
        return intOf(DriverFunction.DEVICE, (f, out) -> (int) f.invokeExact(out, device));
    }

    @Override
    public String deviceName(int device) {
        int handle = handle(device);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(NAME_BYTES);
            call(DriverFunction.DEVICE_NAME, f -> (int) f.invokeExact(out, NAME_BYTES, handle));
            return out.getString(0);
        }
    }

    @Override
    public long deviceBytes(int device) {
        int handle = handle(device);
        return longOf(DriverFunction.DEVICE_BYTES, (f, out) -> (int) f.invokeExact(out, handle));
    }

    @Override
    public int attribute(DeviceAttribute which, int device) {
        int handle = handle(device);
        return intOf(DriverFunction.DEVICE_ATTRIBUTE, (f, out) -> (int) f.invokeExact(out, which.code(), handle));
    }

    @Override
    public long retainContext(int device) {
        int handle = handle(device);
        return longOf(DriverFunction.RETAIN_CONTEXT, (f, out) -> (int) f.invokeExact(out, handle));
    }

    @Override
    public void releaseContext(int device) {
        int handle = handle(device);
        call(DriverFunction.RELEASE_CONTEXT, f -> (int) f.invokeExact(handle));
    }

    @Override
    public void makeCurrent(long context) {
        call(DriverFunction.SET_CURRENT, f -> (int) f.invokeExact(context));
    }

    @Override
    public long freeBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment total = arena.allocate(JAVA_LONG);
            return longOf(DriverFunction.MEMORY_INFO, (f, out) -> (int) f.invokeExact(out, total));
        }
    }

    @Override
    public long allocate(long bytes) {
        return longOf(DriverFunction.ALLOCATE, (f, out) -> (int) f.invokeExact(out, bytes));
    }

    @Override
    public void free(long address) {
        call(DriverFunction.FREE, f -> (int) f.invokeExact(address));
    }

    @Override
    public MemorySegment allocatePinned(long bytes) {
        long address = longOf(DriverFunction.ALLOCATE_PINNED, (f, out) -> (int) f.invokeExact(out, bytes));
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    public void freePinned(MemorySegment memory) {
        call(DriverFunction.FREE_PINNED, f -> (int) f.invokeExact(memory));
    }

    @Override
    public void copyToDevice(long to, MemorySegment from, long bytes, long stream) {
        call(DriverFunction.COPY_TO_DEVICE, f -> (int) f.invokeExact(to, from, bytes, stream));
    }

    @Override
    public void copyToHost(MemorySegment to, long from, long bytes, long stream) {
        call(DriverFunction.COPY_TO_HOST, f -> (int) f.invokeExact(to, from, bytes, stream));
    }

    @Override
    public long newStream() {
        return longOf(DriverFunction.NEW_STREAM, (f, out) -> (int) f.invokeExact(out, STREAM_NON_BLOCKING));
    }

    @Override
    public void destroyStream(long stream) {
        call(DriverFunction.DESTROY_STREAM, f -> (int) f.invokeExact(stream));
    }

    @Override
    public void synchronize(long stream) {
        call(DriverFunction.SYNCHRONIZE_STREAM, f -> (int) f.invokeExact(stream));
    }

    @Override
    public long newEvent() {
        return longOf(DriverFunction.NEW_EVENT, (f, out) -> (int) f.invokeExact(out, EVENT_DISABLE_TIMING));
    }

    @Override
    public void recordEvent(long event, long stream) {
        call(DriverFunction.RECORD_EVENT, f -> (int) f.invokeExact(event, stream));
    }

    @Override
    public void synchronizeEvent(long event) {
        call(DriverFunction.SYNCHRONIZE_EVENT, f -> (int) f.invokeExact(event));
    }

    @Override
    public void destroyEvent(long event) {
        call(DriverFunction.DESTROY_EVENT, f -> (int) f.invokeExact(event));
    }

    @Override
    public long loadModule(byte[] image) {
        try (Arena arena = Arena.ofConfined()) {
            // PTX is a text that ends with 0
            MemorySegment copy = arena.allocate(image.length + 1L, Long.BYTES);
            MemorySegment.copy(MemorySegment.ofArray(image), 0, copy, 0, image.length);
            MemorySegment none = MemorySegment.NULL;
            return longOf(DriverFunction.LOAD_MODULE, (f, out) -> (int) f.invokeExact(out, copy, 0, none, none));
        }
    }

    @Override
    public void unloadModule(long module) {
        call(DriverFunction.UNLOAD_MODULE, f -> (int) f.invokeExact(module));
    }

    @Override
    public long function(long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            return longOf(DriverFunction.FUNCTION, (f, out) -> (int) f.invokeExact(out, module, text));
        }
    }

    @Override
    public void launch(long function, int blocks, int threads, long stream, MemorySegment arguments) {
        MemorySegment none = MemorySegment.NULL;
        call(DriverFunction.LAUNCH, f ->
                (int) f.invokeExact(function, blocks, 1, 1, threads, 1, 1, 0, stream, arguments, none));
    }

    @Override
    public void beginCapture(long stream) {
        call(DriverFunction.BEGIN_CAPTURE, f -> (int) f.invokeExact(stream, CAPTURE_THREAD_LOCAL));
    }

    @Override
    public long endCapture(long stream) {
        return longOf(DriverFunction.END_CAPTURE, (f, out) -> (int) f.invokeExact(stream, out));
    }

    @Override
    public long instantiate(long graph) {
        return longOf(DriverFunction.INSTANTIATE_GRAPH, (f, out) -> (int) f.invokeExact(out, graph, 0L));
    }

    @Override
    public void launchGraph(long instance, long stream) {
        call(DriverFunction.LAUNCH_GRAPH, f -> (int) f.invokeExact(instance, stream));
    }

    @Override
    public void destroyGraph(long graph) {
        call(DriverFunction.DESTROY_GRAPH, f -> (int) f.invokeExact(graph));
    }

    @Override
    public void destroyGraphInstance(long instance) {
        call(DriverFunction.DESTROY_GRAPH_EXEC, f -> (int) f.invokeExact(instance));
    }
}
