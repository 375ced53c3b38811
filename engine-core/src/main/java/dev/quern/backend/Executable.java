package dev.quern.backend;

import dev.quern.tensor.Tensor;
import java.util.List;

/// A program ready to run. Runs may be concurrent, each with a frame of its own.
public interface Executable extends AutoCloseable {

    /// The memory of one run, reusable by one run after another.
    interface Frame {}

    /// Allocates a frame.
    ///
    /// @throws CancelledException where `control` asked to stop
    Frame newFrame(RunControl control);

    /// Allocates a frame; nothing stops that.
    default Frame newFrame() {
        return newFrame(RunControl.NONE);
    }

    /// Runs the program: reads `inputs`, writes `outputs` (dense tensors with the types of the program's results).
    ///
    /// @throws dev.quern.tensor.ShapeException where `inputs` or `outputs` do not fit the program in number, type
    ///     or size
    /// @throws CancelledException where `control` asked to stop; outputs are then undefined, frame and executable
    ///     usable
    /// @throws RunException where an element makes the run fail (an index outside its range, an integer divided by
    ///     zero)
    void run(Frame frame, List<Tensor> inputs, List<Tensor> outputs, RunControl control);

    /// Blocks until no faster form of this program is being prepared in the background.
    default void awaitReady() throws InterruptedException {}

    /// Frees what belongs to this executable alone.
    @Override
    default void close() {}
}
