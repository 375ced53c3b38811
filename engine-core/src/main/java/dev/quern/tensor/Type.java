package dev.quern.tensor;

/// The type of a value in a graph: what ONNX calls a TypeProto.
public sealed interface Type {

    /// A tensor of elements of one type; prints as `f32[N,10]`.
    record TensorType(DType dtype, Shape shape) implements Type {
        @Override
        public String toString() {
            return dtype + shape.toString();
        }
    }

    /// A sequence of values of one type.
    record SequenceType(Type element) implements Type {
        @Override
        public String toString() {
            return "seq(" + element + ")";
        }
    }

    /// A map from integers or strings to values of one type.
    record MapType(DType key, Type value) implements Type {
        @Override
        public String toString() {
            return "map(" + key + "," + value + ")";
        }
    }

    /// A value or its absence.
    record OptionalType(Type element) implements Type {
        @Override
        public String toString() {
            return "optional(" + element + ")";
        }
    }

    static TensorType tensor(DType dtype, Shape shape) {
        return new TensorType(dtype, shape);
    }

    static TensorType tensor(DType dtype, long... extents) {
        return new TensorType(dtype, Shape.of(extents));
    }

    /// This type as a tensor type.
    ///
    /// @throws ShapeException where it is another kind of type
    default TensorType asTensor() {
        if (this instanceof TensorType t) {
            return t;
        }
        throw new ShapeException("a tensor is needed, not a value of type " + this);
    }
}
