package dev.quern.graph;

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

    /// Gives the gradient of operand `i`, with the operand's type.
    void give(int i, Value gradient);
}
