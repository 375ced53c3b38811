package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.Optional;

/// What is known of an operator's operands when its types are inferred: types, and values of those that are constant.
public interface Operands {

    int size();

    Type type(int i);

    /// The value of operand `i` if it is known now: a constant, or computed from shapes that are fixed.
    Optional<Tensor> value(int i);

    default TensorType tensor(int i) {
        return type(i).asTensor();
    }

    default DType dtype(int i) {
        return tensor(i).dtype();
    }

    default Shape shape(int i) {
        return tensor(i).shape();
    }

    /// The integers of operand `i`, where they are known now.
    default Optional<long[]> longs(int i) {
        return value(i).map(Tensor::toLongs);
    }

    /// Fails unless operand `i` has one of the types.
    default void require(int i, DType... allowed) {
        if (!List.of(allowed).contains(dtype(i))) {
            throw new ShapeException("operand " + i + " must be one of " + List.of(allowed) + ", not " + tensor(i));
        }
    }

    /// Fails unless there are `min` to `max` operands.
    default void requireSize(int min, int max) {
        if (size() < min || size() > max) {
            throw new ShapeException(
                    "takes " + (min == max ? "" + min : min + " to " + max) + " operands, not " + size());
        }
    }

    /// Operands of known types, none of known value.
    static Operands of(List<? extends Type> types) {
        return new Operands() {
            @Override
            public int size() {
                return types.size();
            }

            @Override
            public Type type(int i) {
                return types.get(i);
            }

            @Override
            public Optional<Tensor> value(int i) {
                return Optional.empty();
            }
        };
    }

    /// Operands that are all known.
    static Operands ofValues(List<? extends dev.quern.tensor.Datum> values) {
        return new Operands() {
            @Override
            public int size() {
                return values.size();
            }

            @Override
            public Type type(int i) {
                return values.get(i).type();
            }

            @Override
            public Optional<Tensor> value(int i) {
                return values.get(i) instanceof Tensor t ? Optional.of(t) : Optional.empty();
            }
        };
    }
}
