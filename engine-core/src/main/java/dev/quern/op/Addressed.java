package dev.quern.op;

import dev.quern.kernel.Kernel.Addressing;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The three ways in which indices address elements of data: what gathering gives, and where each element of it is.
///
/// @param axis the axis addressed, or, for ND, how many leading axes data and indices share
public record Addressed(Addressing addressing, int axis) {

    /// The shape of what is gathered.
    Shape gathered(Shape data, Shape indices) {
        return switch (addressing) {
            case AXIS -> {
                int at = data.axis(axis);
                yield data.slice(0, at).concat(indices).concat(data.slice(at + 1, data.rank()));
            }
            case ELEMENTS -> {
                if (data.rank() != indices.rank()) {
                    throw new ShapeException("data " + data + " and indices " + indices + " must have one rank");
                }
                int along = data.axis(axis);
                for (int d = 0; d < data.rank(); d++) {
                    if (d != along && isLonger(indices.dim(d), data.dim(d))) {
                        throw new ShapeException("indices " + indices + " are longer than data " + data + " along axis "
                                + d + ", which they do not address");
                    }
                }
                yield indices;
            }
            case ND -> nd(data, indices);
        };
    }

    private static boolean isLonger(Dim a, Dim b) {
        return a.isFixed() && b.isFixed() && a.extent() > b.extent();
    }

    private Shape nd(Shape data, Shape indices) {
        if (indices.rank() <= axis || data.rank() <= axis) {
            throw new ShapeException(
                    "data " + data + " and indices " + indices + " must have more than the " + axis + " batch axes");
        }
        Dim addressed = indices.dim(-1);
        if (!addressed.isFixed()) {
            return Shape.UNRANKED;
        }
        int first = axis + (int) addressed.extent();
        if (first > data.rank()) {
            throw new ShapeException("indices " + indices + " address more axes than " + data + " has");
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < indices.rank() - 1; i++) {
            dims.add(i < axis ? data.dim(i).unify(indices.dim(i)) : indices.dim(i));
        }
        return Shape.of(dims).concat(data.slice(first, data.rank()));
    }

    /// For each element of what is gathered, its row-major position in data.
    ///
    /// @throws ShapeException where an index is outside its axis
    int[] positions(Shape data, Tensor indices) {
        int[] dims = data.intExtents();
        int[] idx = indices.shape().intExtents();
        int[] out = gathered(data, indices.shape()).intExtents();
        Positions p = new Positions(out);
        int[] at = new int[Shape.of(out).elements()];
        int[] point = new int[dims.length];
        for (int i = 0; i < at.length; i++, p.next()) {
            switch (addressing) {
                case AXIS -> alongAxis(p.index(), dims, idx, indices, point);
                case ELEMENTS -> elementwise(p.index(), dims, i, indices, point);
                case ND -> byVector(p.index(), dims, idx, indices, point);
            }
            for (int d = 0; d < dims.length; d++) {
                at[i] = at[i] * dims[d] + point[d];
            }
        }
        return at;
    }

    private void alongAxis(long[] out, int[] dims, int[] idx, Tensor indices, int[] point) {
        int axisAt = Shape.axis(axis, dims.length);
        int which = 0;
        for (int d = 0; d < idx.length; d++) {
            which = which * idx[d] + (int) out[axisAt + d];
        }
        for (int d = 0; d < dims.length; d++) {
            if (d != axisAt) {
                point[d] = (int) out[d < axisAt ? d : d + idx.length - 1];
            }
        }
        point[axisAt] = checked(indices.getLong(which), dims[axisAt]);
    }

    private void elementwise(long[] out, int[] dims, int which, Tensor indices, int[] point) {
        int axisAt = Shape.axis(axis, dims.length);
        for (int d = 0; d < dims.length; d++) {
            point[d] = (int) out[d];
        }
        point[axisAt] = checked(indices.getLong(which), dims[axisAt]);
    }

    private void byVector(long[] out, int[] dims, int[] idx, Tensor indices, int[] point) {
        int depth = idx[idx.length - 1];
        int row = 0;
        for (int d = 0; d < idx.length - 1; d++) {
            row = row * idx[d] + (int) out[d];
        }
        for (int d = 0; d < dims.length; d++) {
            if (d < axis) {
                point[d] = (int) out[d];
            } else if (d < axis + depth) {
                point[d] = checked(indices.getLong(row * depth + d - axis), dims[d]);
            } else {
                point[d] = (int) out[idx.length - 1 + d - axis - depth];
            }
        }
    }

    private static int checked(long index, int extent) {
        if (index < -extent || index >= extent) {
            throw new ShapeException("index " + index + " is outside " + -extent + " … " + (extent - 1));
        }
        return (int) (index < 0 ? index + extent : index);
    }
}
