package dev.quern.op;

import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Optional;

/// The operands of a node that is being lowered, as its shape check sees them: all types concrete, all shape operands
/// known. With it, [dev.quern.graph.PrimitiveOp#shapes] stays the one place that computes shapes.
record BoundOperands(Lowering l) implements Operands {

    @Override
    public int size() {
        return l.inputs();
    }

    @Override
    public Type type(int i) {
        Optional<Tensor> value = l.value(i);
        if (value.isPresent()) {
            return value.get().type();
        }
        View v = l.input(i);
        return Type.tensor(v.dtype(), Shape.of(v.dims()));
    }

    @Override
    public Optional<Tensor> value(int i) {
        return l.value(i);
    }
}
