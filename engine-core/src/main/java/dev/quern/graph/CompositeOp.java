package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.IntStream;

/// A name for a small graph. A backend may claim it whole; else it is expanded. Type, meaning and gradient follow from
/// the expansion; where its result tells more about its gradient than the expansion does, it may say that gradient
/// itself.
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

    /// Whether [#gradient] is shorter than the gradient of the expansion, which the node is then kept for.
    default boolean saysGradient() {
        return false;
    }

    /// Adds the nodes of the adjoint: by default those of the expansion's.
    default void gradient(Adjoint a) {
        a.through(expand(
                a.graph(), IntStream.range(0, a.inputs()).mapToObj(a::input).toList()));
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
