package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// The functions of a library that has words for its statuses, 0 being the one where all is well.
@SuppressWarnings("restricted") // the provider asks first whether this JVM grants native access
final class VendorFunctions<F extends ForeignFunction> {
    private final Library<F> library;
    private final F words;

    /// @param path the library's, for errors
    /// @param functions all that are called
    /// @param words the one that gives the text of a status
    /// @throws LibraryException where it lacks one of the functions
    VendorFunctions(String path, SymbolLookup symbols, F[] functions, F words) {
        this.library = new Library<>(path, symbols, functions);
        this.words = words;
    }

    /// A call by its handle.
    interface Call {
        int by(MethodHandle f) throws Throwable;
    }

    /// A call that leaves a handle in memory.
    interface Getter {
        int by(MethodHandle f, MemorySegment out) throws Throwable;
    }

    /// What a function without parameters counts.
    long number(F function) {
        MethodHandle f = library.handle(function);
        return Library.result(() -> (long) f.invokeExact());
    }

    /// @throws VendorException where the status is another one than 0
    void call(F function, Call call) {
        int code = status(function, call);
        if (code != 0) {
            throw failure(function, code);
        }
    }

    int status(F function, Call call) {
        MethodHandle f = library.handle(function);
        return Library.status(() -> call.by(f));
    }

    VendorException failure(F function, int code) {
        MethodHandle f = library.handle(words);
        MemorySegment text = Library.result(() -> (MemorySegment) f.invokeExact(code));
        String word = text.address() == 0
                ? "an unknown error"
                : text.reinterpret(Long.MAX_VALUE).getString(0);
        return new VendorException(code, function.symbol(), word);
    }

    /// The handle that a function leaves.
    long made(F function, Getter getter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            call(function, f -> getter.by(f, out));
            return out.get(JAVA_LONG, 0);
        }
    }

    /// The handle that a function of nothing else leaves.
    long made(F function) {
        return made(function, (f, out) -> (int) f.invokeExact(out));
    }

    /// Gives a handle back; 0 is none.
    void destroy(F function, long what) {
        if (what != 0) {
            call(function, f -> (int) f.invokeExact(what));
        }
    }
}
