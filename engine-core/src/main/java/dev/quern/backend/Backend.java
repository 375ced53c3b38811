package dev.quern.backend;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.Optional;

/// Runs programs. Thread-safe; shared by all models that use it.
public interface Backend extends AutoCloseable {

    String name();

    /// Why this backend cannot run `kernel`, or nothing where it can. A backend without limits is *total*.
    default Optional<String> refuses(Kernel kernel) {
        return Optional.empty();
    }

    /// Why no kernel of this backend works on elements of `dtype`, or nothing where some do. Decides where a node
    /// is placed, before its kernels are known: a node with an operand or result of such a type goes to another
    /// backend.
    default Optional<String> refuses(DType dtype) {
        return Optional.empty();
    }

    /// Why this backend does not run `op` on operands of these types, or nothing where it does: for a backend with
    /// a fixed set of kernels. Extents may be unknown yet.
    default Optional<String> refuses(Kernel.Claimed op, List<TensorType> inputs) {
        return Optional.empty();
    }

    /// Whether products and convolutions between DequantizeLinear and QuantizeLinear become products of integers
    /// that are scaled once, which is off the standard's result by a rounding now and then.
    default boolean multipliesIntegers() {
        return false;
    }

    /// Whether this backend runs `op` whole on operands of these types, as a [Kernel.Native]: a composite is then
    /// not expanded, an operator of the host becomes part of a program. Extents may be unknown yet; the answer for
    /// an operator of the host must not depend on them. Its weight operands are constants.
    default boolean claims(Kernel.Claimed op, List<TensorType> inputs) {
        return false;
    }

    /// What is to be said of how this backend works here, a line each: which library it uses, which is missing and
    /// where it comes from, what one refused. Grows as programs are compiled.
    default List<String> remarks() {
        return List.of();
    }

    /// A tensor of zeros where this backend computes.
    ///
    /// @param type with fixed extents
    /// @throws BackendException where the device has no room
    default DeviceTensor allocate(TensorType type) {
        return new HostTensor(Tensor.zeros(type.dtype(), type.shape()));
    }

    /// How tensors of several devices, each a backend of the kind of this one, are summed without the processor;
    /// not at all unless the backend knows a way.
    ///
    /// @param devices in the order of the ranks, this one among them
    default AllReduce.Offer allReduce(List<Backend> devices) {
        return new AllReduce.None("");
    }

    /// Whether a small program is compiled and run in so little time that it may be done in passing, before anybody
    /// asks for one.
    default boolean compilesInPassing() {
        return false;
    }

    /// Prepares a program for running. May start work in the background; the executable runs at once.
    ///
    /// @throws CancelledException where the settings' control asked to stop
    Executable compile(Program program, Settings settings);

    /// What a model asks of its backend.
    ///
    /// @param threads how many threads one run may use, the caller's included
    /// @param precision of products and convolutions, where the backend has a choice
    /// @param control stops the preparation: that of a first run counts as part of the run
    record Settings(int threads, ProductPrecision precision, RunControl control) {

        /// Settings for exact products.
        public Settings(int threads, RunControl control) {
            this(threads, ProductPrecision.F32, control);
        }

        /// Settings for a preparation that nothing stops.
        public Settings(int threads) {
            this(threads, RunControl.NONE);
        }
    }

    @Override
    default void close() {}
}
