package dev.quern.bench.peers;

import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// One engine with one model loaded.
interface Engine extends AutoCloseable {
    String name();

    /// Runs the model through the engine's ordinary API and reads the results into plain Java.
    ///
    /// @return each output, in the model's order: an array of numbers or strings, or a list of maps from label to
    ///     number
    List<Object> run(Map<String, Tensor> inputs) throws Exception;

    /// Whatever the engine offers to be at full speed before the first block.
    default void warmUp(Map<String, Tensor> inputs) throws Exception {}

    @Override
    void close();
}
