package dev.quern.graph;

import dev.quern.kernel.Kernel;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Set;

/// An operator with its attributes: an immutable value, equal by attributes.
public sealed interface Op extends Kernel.Claimed permits PrimitiveOp, CompositeOp, HostOp, OpaqueOp {

    /// The standard's name where it has one (`MatMul`), without domain.
    @Override
    default String name() {
        return getClass().getSimpleName();
    }

    /// The types of the outputs, and the one place where operands are checked.
    ///
    /// @throws dev.quern.tensor.ShapeException where the operands do not fit
    List<Type> infer(Operands in);

    /// Positions of operands whose *values* decide the shape of an output (the shape of Reshape, the pads of Pad
    /// …). They are known on the host before kernels are made.
    default Set<Integer> shapeOperands() {
        return Set.of();
    }

    /// Positions of operands of which only the type is used, never the elements (the second operand of SumTo …). In
    /// lowering such an operand is a view without a buffer.
    default Set<Integer> likeOperands() {
        return Set.of();
    }

    /// Positions of operands that are trained where they are initializers (Conv W and B, MatMul …).
    default Set<Integer> weightOperands() {
        return Set.of();
    }

    /// Whether gradients flow through this operator.
    default boolean isDifferentiable() {
        return true;
    }
}
