package dev.quern.onnx.proto;

import org.jspecify.annotations.Nullable;

/// A sparse tensor: the non-zero values and where they stand.
///
/// @param values the values, of shape `[n]`; its name is the sparse tensor's
/// @param indices INT64: linear indices `[n]`, or coordinates `[n, rank]`, ascending
/// @param dims the extents of the dense tensor
public record SparseTensorProto(
        @Nullable TensorProto values, @Nullable TensorProto indices, Varints dims, Extras extras) {
    private static final int VALUES = 1;
    private static final int INDICES = 2;
    private static final int DIMS = 3;

    static SparseTensorProto read(ProtoReader in) {
        TensorProto values = null;
        TensorProto indices = null;
        SliceJoiner dims = in.joiner();
        while (in.next()) {
            switch (in.field()) {
                case VALUES -> values = in.message("values", values, TensorProto::read);
                case INDICES -> indices = in.message("indices", indices, TensorProto::read);
                case DIMS -> in.varints("dims", dims, Packing.EXPANDED);
                default -> in.unknown();
            }
        }
        return new SparseTensorProto(values, indices, new Varints(dims.toBytes()), in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.varints(DIMS, dims, Packing.EXPANDED, extras);
        out.message(INDICES, indices, TensorProto::write);
        out.message(VALUES, values, TensorProto::write);
    }
}
