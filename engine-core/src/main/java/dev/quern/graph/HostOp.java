package dev.quern.graph;

import dev.quern.tensor.Datum;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// An operator without a kernel: its implementation runs on the host, between kernels. Strings, sequences, maps,
/// control flow, and tensors whose shape depends on data.
public non-sealed interface HostOp extends Op {

    /// The outputs; `host` runs the graphs inside control flow.
    List<Datum> evaluate(Host host, List<Datum> in);

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    /// As [PrimitiveOp#gradient(Adjoint)], for host operators of floats. Only called where [#isDifferentiable()].
    default void gradient(Adjoint adjoint) {
        throw new UnsupportedOperationException(name() + " has no gradient");
    }

    /// What a host operator may ask of whoever runs it.
    interface Host {
        /// Runs a body: `in` are the values of the body's inputs, the result those of its outputs.
        List<Datum> run(Graph body, List<Datum> in);

        /// A graph that is made of `body` and stands for several runs of it, remembered with it; none where
        /// each run is to be seen by itself.
        default Optional<Graph> derived(Graph body, Supplier<Graph> made) {
            return Optional.empty();
        }

        /// Fails if the run should stop; called by long-running operators.
        void checkCancelled();
    }
}
