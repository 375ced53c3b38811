package dev.quern.gpu.driver;

import java.util.Optional;

/// A library of matrix products. What takes a handle needs the context to be current that the handle was made in.
///
/// All may throw a [VendorException].
public interface Products {

    /// Its name and version.
    String name();

    /// A handle for the current context.
    long open();

    void close(long handle);

    /// The way that the library holds for the fastest for such a product, or nothing where it has none.
    ///
    /// @param mostWorkspace bytes that it may ask for
    Optional<Algorithm> choose(long handle, MatrixProduct product, long mostWorkspace);

    /// A product of matrices at these addresses, ready to run.
    Ready prepare(long handle, MatrixProduct product, Algorithm algorithm, Addresses addresses);

    /// A way to do a product.
    ///
    /// @param choice the library's own words for it
    /// @param workspace bytes that it needs while it runs
    record Algorithm(String choice, long workspace) {}

    /// Where the operands of a product lie on the device; 0 for what it does not have.
    record Addresses(long a, long b, long c, long d, long bias, long workspace) {}

    /// A product that is ready to run.
    interface Ready extends AutoCloseable {
        /// Asks a stream for it. The stream may be recorded as a graph.
        void enqueue(long stream);

        @Override
        void close();
    }
}
