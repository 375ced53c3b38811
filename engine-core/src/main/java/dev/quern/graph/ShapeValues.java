package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Computes values that follow from constants and fixed shapes: shape arithmetic, evaluated while a graph is built.
public final class ShapeValues {
    /// Above this, a tensor is data and not a shape.
    private static final int MOST_ELEMENTS = 1 << 16;

    private ShapeValues() {}

    /// The value of `v`, a result of a node, if all that decides it is known.
    static Optional<Tensor> fold(Value v, Function<Value, Optional<Tensor>> known) {
        if (!(v.definition() instanceof Value.Result(Node node, int index)) || !isSmall(v.type())) {
            return Optional.empty();
        }
        if (node.op() instanceof ShapeOf of) {
            return of.value(node.input(0).type());
        }
        if (!(node.op() instanceof PrimitiveOp op)) {
            return Optional.empty();
        }
        List<Tensor> in = new ArrayList<>();
        for (Value i : node.inputs()) {
            if (!isSmall(i.type())) {
                return Optional.empty();
            }
            Optional<Tensor> t = known.apply(i);
            if (t.isEmpty()) {
                return Optional.empty();
            }
            in.add(t.get());
        }
        return Optional.of(op.evaluate(in).get(index));
    }

    /// An operand of `v`'s node whose value [#fold] will ask for and that is not decided yet.
    static Optional<Value> undecided(Value v, Predicate<Value> isDecided, Function<Value, Optional<Tensor>> known) {
        if (!(v.definition() instanceof Value.Result(Node node, int ignored))
                || !isSmall(v.type())
                || node.op() instanceof ShapeOf
                || !(node.op() instanceof PrimitiveOp)) {
            return Optional.empty();
        }
        for (Value i : node.inputs()) {
            if (!isSmall(i.type())) {
                return Optional.empty();
            }
            if (!isDecided.test(i)) {
                return Optional.of(i);
            }
            if (known.apply(i).isEmpty()) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /// Whether values of this type may be part of shape arithmetic.
    static boolean isSmall(Type type) {
        return type instanceof Type.TensorType(DType dtype, var shape)
                && !dtype.isHostOnly()
                && shape.isConcrete()
                && shape.elements() <= MOST_ELEMENTS;
    }

    /// An operator whose result follows from its operand's *type*, not its value (Shape, Size).
    public interface ShapeOf {
        /// The result, if the operand's type says enough.
        Optional<Tensor> value(Type operand);
    }
}
