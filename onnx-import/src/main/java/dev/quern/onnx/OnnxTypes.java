package dev.quern.onnx;

import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TensorShapeProto.Extent;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Types of ONNX and of this library, both ways.
final class OnnxTypes {
    private OnnxTypes() {}

    static DType dtype(DataType type) {
        return switch (type) {
            case FLOAT -> DType.F32;
            case DOUBLE -> DType.F64;
            case FLOAT16 -> DType.F16;
            case BFLOAT16 -> DType.BF16;
            case INT8 -> DType.I8;
            case INT16 -> DType.I16;
            case INT32 -> DType.I32;
            case INT64 -> DType.I64;
            case UINT8 -> DType.U8;
            case UINT16 -> DType.U16;
            case UINT32 -> DType.U32;
            case UINT64 -> DType.U64;
            case BOOL -> DType.BOOL;
            case STRING -> DType.STRING;
            case FLOAT8E4M3FN -> DType.F8E4M3FN;
            case FLOAT8E4M3FNUZ -> DType.F8E4M3FNUZ;
            case FLOAT8E5M2 -> DType.F8E5M2;
            case FLOAT8E5M2FNUZ -> DType.F8E5M2FNUZ;
            case FLOAT8E8M0 -> DType.F8E8M0;
            case FLOAT6E2M3 -> DType.F6E2M3;
            case FLOAT6E3M2 -> DType.F6E3M2;
            case FLOAT4E2M1 -> DType.F4E2M1;
            case INT2 -> DType.I2;
            case INT4 -> DType.I4;
            case UINT2 -> DType.U2;
            case UINT4 -> DType.U4;
            case COMPLEX64 -> DType.C64;
            case COMPLEX128 -> DType.C128;
        };
    }

    /// @throws ModelException for a code that is no element type
    static DType dtype(long code) {
        return dtype(DataType.ofCode((int) code)
                .orElseThrow(() -> new ModelException("element type " + code + " does not exist in ONNX")));
    }

    static DataType dataType(DType dtype) {
        return switch (dtype) {
            case F32 -> DataType.FLOAT;
            case F64 -> DataType.DOUBLE;
            case F16 -> DataType.FLOAT16;
            case BF16 -> DataType.BFLOAT16;
            case F8E4M3FN -> DataType.FLOAT8E4M3FN;
            case F8E4M3FNUZ -> DataType.FLOAT8E4M3FNUZ;
            case F8E5M2 -> DataType.FLOAT8E5M2;
            case F8E5M2FNUZ -> DataType.FLOAT8E5M2FNUZ;
            case F8E8M0 -> DataType.FLOAT8E8M0;
            case F6E2M3 -> DataType.FLOAT6E2M3;
            case F6E3M2 -> DataType.FLOAT6E3M2;
            case F4E2M1 -> DataType.FLOAT4E2M1;
            case I2 -> DataType.INT2;
            case I4 -> DataType.INT4;
            case U2 -> DataType.UINT2;
            case U4 -> DataType.UINT4;
            case I8 -> DataType.INT8;
            case I16 -> DataType.INT16;
            case I32 -> DataType.INT32;
            case I64 -> DataType.INT64;
            case U8 -> DataType.UINT8;
            case U16 -> DataType.UINT16;
            case U32 -> DataType.UINT32;
            case U64 -> DataType.UINT64;
            case BOOL -> DataType.BOOL;
            case STRING -> DataType.STRING;
            case C64 -> DataType.COMPLEX64;
            case C128 -> DataType.COMPLEX128;
        };
    }

    /// The type of a declared value; nothing where the file does not say it.
    static Optional<Type> type(@Nullable TypeProto proto) {
        if (proto == null || proto.kind() == null) {
            return Optional.empty();
        }
        return switch (proto.kind()) {
            case TypeProto.Tensor t ->
                t.elemType() == 0 ? Optional.empty() : Optional.of(Type.tensor(dtype(t.elemType()), shape(t.shape())));
            case TypeProto.Sequence s -> type(s.elemType()).map(Type.SequenceType::new);
            case TypeProto.Map m -> type(m.valueType()).map(v -> new Type.MapType(dtype(m.keyType()), v));
            case TypeProto.Optional o -> type(o.elemType()).map(Type.OptionalType::new);
            case TypeProto.SparseTensor t -> Optional.of(Type.tensor(dtype(t.elemType()), shape(t.shape())));
            case TypeProto.Opaque o -> throw new ModelException("opaque type " + o.name() + " is not supported");
        };
    }

    private static Shape shape(@Nullable TensorShapeProto proto) {
        if (proto == null) {
            return Shape.UNRANKED;
        }
        List<Dim> dims = new ArrayList<>();
        for (TensorShapeProto.Dimension d : proto.dims()) {
            dims.add(
                    switch (d.extent()) {
                        case Extent.Fixed(long size) -> size < 0 ? Dim.UNKNOWN : Dim.of(size);
                        case Extent.Symbol(String name) ->
                            name.isEmpty() || name.equals("?") ? Dim.UNKNOWN : Dim.symbol(name);
                        case Extent.Unknown() -> Dim.UNKNOWN;
                    });
        }
        return Shape.of(dims);
    }

    /// The declaration of a type in a file.
    static TypeProto proto(Type type) {
        return switch (type) {
            case Type.TensorType(DType dtype, Shape shape) -> TypeProto.tensor(dataType(dtype), proto(shape));
            case Type.SequenceType(Type element) -> TypeProto.sequence(proto(element));
            case Type.MapType(DType key, Type value) -> TypeProto.map(dataType(key), proto(value));
            case Type.OptionalType(Type element) -> TypeProto.optional(proto(element));
        };
    }

    private static @Nullable TensorShapeProto proto(Shape shape) {
        if (!shape.isRanked()) {
            return null;
        }
        List<TensorShapeProto.Dimension> dims = new ArrayList<>();
        for (Dim d : shape.dims()) {
            dims.add(TensorShapeProto.Dimension.of(
                    switch (d) {
                        case Dim.Fixed(long extent) -> new Extent.Fixed(extent);
                        case Dim.Symbol(String name) -> new Extent.Symbol(name);
                        case Dim.Unknown() -> new Extent.Unknown();
                    }));
        }
        return TensorShapeProto.of(dims);
    }
}
