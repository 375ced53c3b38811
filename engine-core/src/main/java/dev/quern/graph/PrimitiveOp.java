package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;

/// An operator on tensors that lowers to exactly one kernel, or to views.
///
/// To write one: say the element types ([#dtypes]), the shapes ([#shapes]), the meaning as naive loops ([#evaluate]:
/// the oracle, floats in double, integers exact), the adjoint ([#gradient]) and the kernel ([#lower]), and put examples
/// beside it: `static Stream<Example> examples()`.
public non-sealed interface PrimitiveOp extends Op {

    /// The element types of the outputs; by default one output with the type of operand 0. Also checks the
    /// operands' number and element types.
    default List<DType> dtypes(Operands in) {
        return List.of(in.dtype(0));
    }

    /// The shapes of the outputs, from operands of known rank (dims may be symbolic or unknown). An operand in
    /// [#shapeOperands] whose value is not known yet leaves dims unknown.
    List<Shape> shapes(Operands in);

    @Override
    default List<Type> infer(Operands in) {
        List<DType> dtypes = dtypes(in);
        boolean ranked = true;
        for (int i = 0; i < in.size(); i++) {
            ranked &= in.shape(i).isRanked();
        }
        List<Shape> shapes = ranked ? shapes(in) : java.util.Collections.nCopies(dtypes.size(), Shape.UNRANKED);
        List<Type> out = new ArrayList<>(dtypes.size());
        for (int i = 0; i < dtypes.size(); i++) {
            out.add(Type.tensor(dtypes.get(i), shapes.get(i)));
        }
        return out;
    }

    /// The outputs by the operator's definition, in plain loops: the oracle.
    List<Tensor> evaluate(List<Tensor> in);

    /// Adds to the graph the gradients of the operands that are wanted. Only called where [#isDifferentiable()].
    default void gradient(Adjoint adjoint) {
        throw new UnsupportedOperationException(name() + " has no gradient");
    }

    /// This operator with further results, behind its own, that spare its adjoint work: what a forward pass keeps
    /// where a gradient follows.
    default PrimitiveOp remembering() {
        return this;
    }

    /// Emits the kernel of this operator for operands of fixed shapes.
    void lower(Lowering l);
}
