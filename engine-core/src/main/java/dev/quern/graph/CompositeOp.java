package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;

/// A name for a small graph. A backend may claim it whole; else it is expanded. Type, meaning and gradient follow from
/// the expansion.
public non-sealed interface CompositeOp extends Op {

    /// Adds the nodes that this operator stands for and gives their results. Must work for operands with symbolic
    /// dims.
    List<Value> expand(GraphBuilder g, List<Value> in);

    /// The element types of the results, asked where the rank of an operand is not known yet; by default one result
    /// with the type of operand 0.
    default List<DType> dtypes(Operands in) {
        return List.of(in.dtype(0));
    }

    @Override
    default List<Type> infer(Operands in) {
        for (int i = 0; i < in.size(); i++) {
            if (!in.shape(i).isRanked()) {
                return dtypes(in).stream()
                        .<Type>map(d -> Type.tensor(d, Shape.UNRANKED))
                        .toList();
            }
        }
        return Expansion.types(this, in);
    }
}
