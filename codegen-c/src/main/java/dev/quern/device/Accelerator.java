package dev.quern.device;

import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.codegen.Task;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// One device as its driver offers it. Thread-safe; shared by all models on it.
///
/// @param <M> the driver's handle of an array
public interface Accelerator<M> {

    /// The name of the backend, as errors say it.
    String backend();

    /// The vendor's name of the device.
    String name();

    /// Whether it computes in `f64`.
    boolean hasDoubles();

    /// What kernels are written for.
    Target target();

    /// Elementary operations (as in [Launch#work()]) between two questions whether to stop: some milliseconds.
    long workAtOnce();

    /// Bytes of arguments that a launch may have; unless it says otherwise what every OpenCL device grants.
    default int argumentBytes() {
        return 1024;
    }

    /// Whether it multiplies with fewer bits where that is asked for.
    default boolean hasMatrixUnits() {
        return false;
    }

    /// Arrays on this device.
    DeviceMemory<M> memory();

    /// A queue of its own for one run at a time.
    Queue<M> newQueue();

    /// Builds the functions of these launches, as far as they are not there.
    ///
    /// @return keeps them until it is closed
    /// @throws dev.quern.backend.BackendException where the device's compiler fails, with its log
    Hold build(Collection<Launch> launches);

    /// Keeps functions on the device. Closing it twice does nothing.
    @FunctionalInterface
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /// What does `kernel` by a library of the device's vendor, in order, or nothing where generated functions do
    /// it.
    ///
    /// @param buffers of the program that its views belong to
    /// @param precision of products in `f32`
    default Optional<List<Task>> byLibrary(Kernel kernel, List<Buffer> buffers, ProductPrecision precision) {
        return Optional.empty();
    }

    /// Which libraries are used, missing, or refused what, a line each.
    default List<String> remarks() {
        return List.of();
    }

    /// What to throw for what the driver threw: a failure of the driver becomes a
    /// [BackendException][dev.quern.backend.BackendException] that says what to do, anything else stays as it is.
    RuntimeException explained(RuntimeException thrown);
}
