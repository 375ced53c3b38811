package dev.quern.bench.peers;

import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// One engine with one model loaded.
interface Engine extends AutoCloseable {
    String name();

    /// Runs the model through the engine's ordinary API and reads the results into Java arrays.
    ///
    /// @return the elements of each float output, in the model's order
    List<float[]> run(Map<String, Tensor> inputs) throws Exception;

    /// Whatever the engine offers to be at full speed before the first block.
    default void warmUp(Map<String, Tensor> inputs) throws Exception {}

    @Override
    void close();
}
