package dev.quern.graph;

import java.util.List;
import java.util.Optional;

/// One step of reverse mode: an operator's operands and results, the cotangents that reached its results, and where the
/// gradients of its operands go.
public interface Adjoint {

    /// Where nodes are added.
    GraphBuilder graph();

    int inputs();

    Value input(int i);

    Value output(int i);

    /// What flowed back into output `i`; nothing where the output was not used.
    Optional<Value> cotangent(int i);

    /// Whether the gradient of operand `i` is of use.
    boolean wants(int i);

    /// Gives the operands what flows back through another way in which the results follow from them.
    ///
    /// @param results what that way gives, one for each output, on this graph
    void through(List<Value> results);

    /// Gives the gradient of operand `i`, with the operand's type.
    void give(int i, Value gradient);
}
