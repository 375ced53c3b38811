package dev.quern.graph;

import java.util.List;

/// An operator of the host for a node that a file leaves open: what it means follows from the ranks of its operands.
public interface ReadWhenRanked {

    /// Adds the nodes that it stands for and gives their results.
    ///
    /// @param in operands of known ranks
    /// @throws dev.quern.tensor.ShapeException where the node does not take such operands
    List<Value> read(GraphBuilder g, List<Value> in);
}
