package dev.quern.gpu.driver;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;

/// A C library with the functions that are called in it, all bound when it is opened.
@SuppressWarnings("restricted") // the provider asks first whether this JVM grants native access
final class Library<F extends ForeignFunction> {
    private final String name;
    private final Map<F, MethodHandle> handles = new HashMap<>();

    /// @param name the library's, for errors
    /// @throws LibraryException where it lacks one of the functions
    Library(String name, SymbolLookup symbols, F[] functions) {
        this.name = name;
        Linker linker = Linker.nativeLinker();
        for (F f : functions) {
            handles.put(
                    f,
                    linker.downcallHandle(
                            symbols.find(f.symbol())
                                    .orElseThrow(() -> new LibraryException(
                                            name + " lacks " + f.symbol() + ": it is of another version")),
                            f.descriptor()));
        }
    }

    String name() {
        return name;
    }

    MethodHandle handle(F function) {
        MethodHandle handle = handles.get(function);
        if (handle == null) {
            throw new IllegalArgumentException(function + " is not bound");
        }
        return handle;
    }

    /// One downcall.
    interface Downcall {
        int call() throws Throwable;
    }

    /// The status that a downcall gives.
    static int status(Downcall downcall) {
        return result(downcall::call);
    }

    /// A downcall that returns something else than a status.
    interface Result<T> {
        T call() throws Throwable;
    }

    /// What a downcall gives.
    static <T> T result(Result<T> downcall) {
        try {
            return downcall.call();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("a downcall throws nothing checked", t);
        }
    }
}
