package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;

/// A measure of a batch, computed beside the loss; it does not steer the training.
///
/// @param name under which it is told
/// @param definition adds the nodes
public record Metric(String name, Definition definition) {

    /// How a metric is computed.
    @FunctionalInterface
    public interface Definition {
        /// Adds the mean over a batch: a scalar, a float.
        Value of(GraphBuilder g, Value output, Value label);
    }
}
