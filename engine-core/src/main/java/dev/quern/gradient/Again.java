package dev.quern.gradient;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Its operand, as a value that no other is equal to: what is computed from it is not the same as what was computed
/// from the operand, so it is computed once more.
///
/// @param part tells values apart
record Again(int part) implements PrimitiveOp {
    @Override
    public List<Shape> shapes(Operands in) {
        in.requireSize(1, 1);
        return List.of(in.shape(0));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        return in;
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    @Override
    public void gradient(Adjoint a) {
        a.give(0, a.cotangent(0).orElseThrow());
    }

    @Override
    public void lower(Lowering l) {
        l.alias(0, l.input(0));
    }
}
