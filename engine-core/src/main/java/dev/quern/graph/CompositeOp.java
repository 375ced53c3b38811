package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;

/// A name for a small graph. A backend may claim it whole; else it is expanded. Type, meaning and gradient follow from
/// the expansion.
public non-sealed interface CompositeOp extends Op {

    /// Adds the nodes that this operator stands for and gives their results. Must work for operands with symbolic
    /// dims, unless [#isExpandable] says otherwise.
    List<Value> expand(GraphBuilder g, List<Value> in);

    /// Whether what is known of the operands is enough to expand. An operator that needs extents (a recurrent layer its
    /// number of steps) says so here, infers its types itself, and is expanded, and differentiated, when they are
    /// bound.
    default boolean isExpandable(Operands in) {
        return true;
    }

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
