package dev.quern.backend;

import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.OptionalLong;

/// A program ready to run. Runs may be concurrent, each with a frame of its own.
public interface Executable extends AutoCloseable {

    /// The memory of one run, reusable by one run after another.
    interface Frame extends AutoCloseable {
        /// Gives back what lies outside the heap, which otherwise goes with the executable or once this is
        /// unreachable. Not while it runs; it cannot be used again.
        @Override
        default void close() {}
    }

    /// A frame with the tensors of all its runs, where these lie in the memory of the process.
    ///
    /// @param own the frame itself
    record OnTensors(Frame own, List<Tensor> inputs, List<Tensor> outputs) implements Frame {
        @Override
        public void close() {
            own.close();
        }
    }

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

    /// A frame whose runs read and write these tensors of the backend, which is what its runs are given by that.
    ///
    /// @throws dev.quern.tensor.ShapeException where they do not fit the program, or are another backend's
    /// @throws CancelledException where `control` asked to stop
    default Frame newFrame(List<DeviceTensor> inputs, List<DeviceTensor> outputs, RunControl control) {
        return new OnTensors(
                newFrame(control),
                inputs.stream().map(HostTensor::of).toList(),
                outputs.stream().map(HostTensor::of).toList());
    }

    /// Runs the program on the tensors that the frame was made for; ends as [#run(Frame, List, List, RunControl)]
    /// does.
    default void run(Frame frame, RunControl control) {
        if (!(frame instanceof OnTensors(Frame own, List<Tensor> inputs, List<Tensor> outputs))) {
            throw new IllegalArgumentException("this frame was made for no tensors");
        }
        run(own, inputs, outputs, control);
    }

    /// Bytes that a frame and the runs on it take on the host in all, where the backend knows better than the program.
    default OptionalLong frameBytes() {
        return OptionalLong.empty();
    }

    /// Blocks until no faster form of this program is being prepared in the background.
    default void awaitReady() throws InterruptedException {}

    /// Frees what belongs to this executable alone.
    @Override
    default void close() {}
}
