package dev.quern.onnx.proto;

import java.util.List;

/// The value of an attribute: exactly one of the choices of AttributeProto.
public sealed interface AttributeValue {
    /// The code of the value's [AttributeType]; 0 if it has none.
    default int typeCode() {
        return switch (this) {
            case OfFloat _ -> AttributeType.FLOAT.code();
            case OfInt _ -> AttributeType.INT.code();
            case OfString _ -> AttributeType.STRING.code();
            case OfTensor _ -> AttributeType.TENSOR.code();
            case OfGraph _ -> AttributeType.GRAPH.code();
            case OfSparseTensor _ -> AttributeType.SPARSE_TENSOR.code();
            case OfType _ -> AttributeType.TYPE_PROTO.code();
            case OfFloats _ -> AttributeType.FLOATS.code();
            case OfInts _ -> AttributeType.INTS.code();
            case OfStrings _ -> AttributeType.STRINGS.code();
            case OfTensors _ -> AttributeType.TENSORS.code();
            case OfGraphs _ -> AttributeType.GRAPHS.code();
            case OfSparseTensors _ -> AttributeType.SPARSE_TENSORS.code();
            case OfTypes _ -> AttributeType.TYPE_PROTOS.code();
            case Reference reference -> reference.typeCode;
            case Unknown unknown -> unknown.typeCode;
        };
    }

    /// One `float`.
    record OfFloat(float value) implements AttributeValue {}

    /// One `int64`.
    record OfInt(long value) implements AttributeValue {}

    /// Bytes, in most cases UTF-8.
    record OfString(Bytes value) implements AttributeValue {
        /// The bytes as text.
        public String text() {
            return value.utf8();
        }
    }

    /// One tensor.
    record OfTensor(TensorProto value) implements AttributeValue {}

    /// One graph.
    record OfGraph(GraphProto value) implements AttributeValue {}

    /// One sparse tensor.
    record OfSparseTensor(SparseTensorProto value) implements AttributeValue {}

    /// One type.
    record OfType(TypeProto value) implements AttributeValue {}

    /// A list of `float`.
    record OfFloats(Floats values) implements AttributeValue {}

    /// A list of `int64`.
    record OfInts(Varints values) implements AttributeValue {}

    /// A list of strings.
    record OfStrings(List<Bytes> values) implements AttributeValue {
        /// Keeps an unmodifiable copy of the list.
        public OfStrings {
            values = List.copyOf(values);
        }

        /// The bytes as text.
        public List<String> texts() {
            return values.stream().map(Bytes::utf8).toList();
        }
    }

    /// A list of tensors.
    record OfTensors(List<TensorProto> values) implements AttributeValue {
        /// Keeps an unmodifiable copy of the list.
        public OfTensors {
            values = List.copyOf(values);
        }
    }

    /// A list of graphs.
    record OfGraphs(List<GraphProto> values) implements AttributeValue {
        /// Keeps an unmodifiable copy of the list.
        public OfGraphs {
            values = List.copyOf(values);
        }
    }

    /// A list of sparse tensors.
    record OfSparseTensors(List<SparseTensorProto> values) implements AttributeValue {
        /// Keeps an unmodifiable copy of the list.
        public OfSparseTensors {
            values = List.copyOf(values);
        }
    }

    /// A list of types.
    record OfTypes(List<TypeProto> values) implements AttributeValue {
        /// Keeps an unmodifiable copy of the list.
        public OfTypes {
            values = List.copyOf(values);
        }
    }

    /// Inside a function's body: the value of the call's attribute of that name.
    ///
    /// @param typeCode the code of its [AttributeType]
    record Reference(String attribute, int typeCode) implements AttributeValue {}

    /// No value that these records know; what the file has stands in the attribute's [Extras].
    ///
    /// @param typeCode the declared type, 0 if none
    record Unknown(int typeCode) implements AttributeValue {}
}
