package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;

/// How far a model's output is from what it should be. It becomes part of the graph of a training step.
@FunctionalInterface
public interface Loss {

    /// Adds the loss of a batch: a scalar.
    ///
    /// @param output what the model gives
    /// @param label what it should give
    /// @throws dev.quern.tensor.ShapeException where they do not fit
    Value of(GraphBuilder g, Value output, Value label);

    /// Checks the labels of a whole data set before the first step.
    ///
    /// @throws DataException where one has no meaning for this output
    default void check(Value output, Tensor labels) {}

    /// What a batch counts for beside others, where the loss of all of them is the mean of theirs: the number of
    /// its rows, unless rows count differently.
    default double weight(Tensor label) {
        return label.rank() == 0 ? 1 : label.shape().dim(0).extent();
    }
}
