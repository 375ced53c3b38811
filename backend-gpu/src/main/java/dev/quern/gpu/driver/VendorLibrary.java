package dev.quern.gpu.driver;

import java.util.Optional;

/// A library of NVIDIA's that does one kind of work. What takes a handle needs the context to be current that the
/// handle was made in.
///
/// All may throw a [VendorException].
///
/// @param <W> what describes a piece of work; equal ones are done by equal algorithms
/// @param <A> where its operands lie on the device; 0 for what it does not have
public interface VendorLibrary<W, A> {

    /// Its name and version.
    String name();

    /// A handle for the current context.
    long open();

    void close(long handle);

    /// The way that the library holds for the fastest for such work, or nothing where it has none.
    ///
    /// @param mostWorkspace bytes that it may ask for
    Optional<Algorithm> choose(long handle, W work, long mostWorkspace);

    /// Work on operands at these addresses, ready to run.
    Ready prepare(long handle, W work, Algorithm algorithm, A addresses);

    /// A way to do some work.
    ///
    /// @param choice the library's own words for it
    /// @param workspace bytes that it needs while it runs
    record Algorithm(String choice, long workspace) {}

    /// Work that is ready to run.
    interface Ready extends AutoCloseable {
        /// Asks a stream for it. The stream may be recorded as a graph.
        void enqueue(long stream);

        @Override
        void close();
    }
}
