package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// NVIDIA's collectives, `libnccl`. Communicators are `long`. All may throw a [VendorException].
public final class Nccl {
    /// Whose functions and numbers are those of today, and the first that knows Ampere.
    private static final int LEAST_VERSION = 20700;

    private static final int LONGEST_WORDS = 1024;

    private final Library<NcclFunction> library;
    private final int version;

    /// The types of elements that are summed.
    public enum Element {
        F32(7),
        F64(8);

        private final int code;

        Element(int code) {
            this.code = code;
        }

        /// The `ncclDataType_t`.
        public int code() {
            return code;
        }
    }

    /// `ncclSum`, an `ncclRedOp_t`.
    static final int SUM = 0;

    /// @param path the library's, for errors
    /// @throws LibraryException where it is not what it should be
    public Nccl(String path, SymbolLookup symbols) {
        this.library = new Library<>(path, symbols, NcclFunction.values());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            int code = status(NcclFunction.VERSION, f -> (int) f.invokeExact(out));
            if (code != 0) {
                throw new LibraryException("ncclGetVersion of " + path + " said " + code + ", " + words(code));
            }
            this.version = ordered(out.get(JAVA_INT, 0));
        }
        if (version < LEAST_VERSION) {
            throw new LibraryException(path + " is " + name() + ", 2.7 or newer is needed");
        }
    }

    /// Up to 2.8 a version was 1000 · major + 100 · minor + patch; 10000 · major since.
    private static int ordered(int code) {
        return code < 10_000 ? code / 1000 * 10_000 + code % 1000 : code;
    }

    private interface Call {
        int by(MethodHandle f) throws Throwable;
    }

    private int status(NcclFunction function, Call call) {
        MethodHandle f = library.handle(function);
        return Library.status(() -> call.by(f));
    }

    private void call(NcclFunction function, Call call) {
        int code = status(function, call);
        if (code != 0) {
            throw new VendorException(code, function.symbol(), words(code));
        }
    }

    /// What the library says of a result.
    public String words(int code) {
        MethodHandle f = library.handle(NcclFunction.ERROR_STRING);
        MemorySegment text = Library.result(() -> (MemorySegment) f.invokeExact(code));
        return text.address() == 0 ? "an unknown error" : readable(text).getString(0);
    }

    @SuppressWarnings("restricted") // the provider asks first whether this JVM grants native access
    private static MemorySegment readable(MemorySegment text) {
        return text.reinterpret(LONGEST_WORDS);
    }

    /// `NCCL 2.27.5`.
    public String name() {
        return "NCCL " + version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }

    /// A communicator for each device, in their order.
    ///
    /// @param devices their numbers, each once
    public long[] initAll(int... devices) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG, devices.length);
            MemorySegment numbers = arena.allocateFrom(JAVA_INT, devices);
            call(NcclFunction.INIT_ALL, f -> (int) f.invokeExact(out, devices.length, numbers));
            return out.toArray(JAVA_LONG);
        }
    }

    /// What is asked for until [#groupEnd] begins together.
    public void groupStart() {
        call(NcclFunction.GROUP_START, f -> (int) f.invokeExact());
    }

    /// Enqueues all that was asked for since [#groupStart].
    public void groupEnd() {
        call(NcclFunction.GROUP_END, f -> (int) f.invokeExact());
    }

    /// Asks one device of a group to sum its array with those of the others, in place.
    ///
    /// @param address of the array on the device
    /// @param count of its elements
    public void sum(long address, long count, Element type, long communicator, long stream) {
        call(NcclFunction.ALL_REDUCE, f ->
                (int) f.invokeExact(address, address, count, type.code(), SUM, communicator, stream));
    }

    /// What went wrong on the way of something that was enqueued: an `ncclResult_t`.
    public int asyncError(long communicator) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            call(NcclFunction.ASYNC_ERROR, f -> (int) f.invokeExact(communicator, out));
            return out.get(JAVA_INT, 0);
        }
    }

    /// Ends what is under way, and the communicator with it.
    public void abort(long communicator) {
        call(NcclFunction.ABORT, f -> (int) f.invokeExact(communicator));
    }

    /// Gives back a communicator that has nothing to do.
    public void destroy(long communicator) {
        call(NcclFunction.DESTROY, f -> (int) f.invokeExact(communicator));
    }
}
