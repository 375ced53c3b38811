package dev.quern.graph;

import dev.quern.tensor.Type;
import java.util.List;

/// A name for a small graph. A backend may claim it whole; else it is expanded. Type, meaning and gradient follow from
/// the expansion.
public non-sealed interface CompositeOp extends Op {

    /// Adds the nodes that this operator stands for and gives their results. Must work for operands with symbolic dims.
    List<Value> expand(GraphBuilder g, List<Value> in);

    @Override
    default List<Type> infer(Operands in) {
        return Expansion.types(this, in);
    }
}
