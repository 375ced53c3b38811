package dev.quern.reference;

import dev.quern.backend.RunException;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import java.util.Arrays;

/// Which element of an indexed view each point of a transfer meets: what [Kernel.Gather] and [Kernel.Scatter] share.
///
/// The transfer's space is that of Gather's output and of Scatter's updates. `target` and `indices` are laid over it:
/// at a point, `target` leads to the element whose addressed positions are all 0, `indices` to the first index.
final class Addresses {
    private final String step;
    private final View indexed;
    private final int axis;
    private final int addressed;
    private final int indexStep;
    /// The indexed view over the transfer's space.
    final View target;
    /// The indices over the transfer's space.
    final View indices;

    /// @param step the name of the step, for errors
    /// @param indexed the data of a Gather, the output of a Scatter
    Addresses(String step, View indexed, View indices, Kernel.Addressing addressing, int axis) {
        this.step = step;
        this.indexed = indexed;
        this.axis = axis;
        int last = indices.rank() - 1;
        this.addressed = addressing == Kernel.Addressing.ND ? indices.dim(last) : 1;
        this.indexStep = addressing == Kernel.Addressing.ND ? indices.stride(last) : 0;
        this.target = switch (addressing) {
            case AXIS -> insert(indexed, axis, 1, indices.dims());
            case ELEMENTS -> lying(indexed, axis, indices.dims());
            case ND -> insert(indexed, axis, addressed, Arrays.copyOfRange(indices.dims(), axis, last));
        };
        this.indices = switch (addressing) {
            case AXIS -> {
                View inner = insert(indices, indices.rank(), 0, tail(indexed, axis + 1));
                yield insert(inner, 0, 0, Arrays.copyOf(indexed.dims(), axis));
            }
            case ELEMENTS -> indices;
            case ND -> insert(indices, last, 1, tail(indexed, axis + addressed));
        };
    }

    /// The view over `dims`, along whose `axis` it does not move.
    private static View lying(View view, int axis, int[] dims) {
        int[] strides = view.strides();
        strides[axis] = 0;
        return View.of(view.buffer(), view.dtype(), view.offset(), dims, strides);
    }

    /// The view with `removed` axes from `axis` on replaced by axes of extents `dims`, along which it does not
    /// move.
    private static View insert(View view, int axis, int removed, int[] dims) {
        int kept = view.rank() - axis - removed;
        int[] newDims = new int[axis + dims.length + kept];
        int[] newStrides = new int[newDims.length];
        System.arraycopy(view.dims(), 0, newDims, 0, axis);
        System.arraycopy(view.strides(), 0, newStrides, 0, axis);
        System.arraycopy(dims, 0, newDims, axis, dims.length);
        System.arraycopy(view.dims(), axis + removed, newDims, axis + dims.length, kept);
        System.arraycopy(view.strides(), axis + removed, newStrides, axis + dims.length, kept);
        return View.of(view.buffer(), view.dtype(), view.offset(), newDims, newStrides);
    }

    private static int[] tail(View view, int from) {
        return Arrays.copyOfRange(view.dims(), from, view.rank());
    }

    /// The position that is met, given where `target` and `indices` stand.
    ///
    /// @throws RunException where an index is outside its axis
    int locate(int targetAt, Elements index, int indexAt) {
        int at = targetAt;
        for (int k = 0; k < addressed; k++) {
            long given = index.getLong(indexAt + k * indexStep);
            int extent = indexed.dim(axis + k);
            if (given < -extent || given >= extent) {
                throw new RunException("\"" + step + "\": index " + given + " must be in [" + -extent + ", " + extent
                        + ") for axis " + (axis + k) + " of " + indexed.dtype()
                        + Shape.of(indexed.dims()));
            }
            at += Math.toIntExact(given < 0 ? given + extent : given) * indexed.stride(axis + k);
        }
        return at;
    }
}
