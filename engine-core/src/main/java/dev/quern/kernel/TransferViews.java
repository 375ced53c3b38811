package dev.quern.kernel;

import java.util.Arrays;

/// Which element of an indexed view each point of a transfer meets: what [Kernel.Gather] and [Kernel.Scatter] share.
///
/// The transfer's space is that of Gather's output and of Scatter's updates. `target` and `indices` are laid over it:
/// at a point, `target` leads to the element whose addressed positions are all 0, `indices` to the first index.
///
/// @param indexed the data of a Gather, the output of a Scatter
/// @param target the indexed view over the transfer's space
/// @param indices the indices over the transfer's space
/// @param axis the first axis of `indexed` that is addressed
/// @param addressed how many axes are, each by an index of its own
/// @param indexStep how far apart these indices lie
public record TransferViews(View indexed, View target, View indices, int axis, int addressed, int indexStep) {

    public static TransferViews of(View indexed, View indices, Kernel.Addressing addressing, int axis) {
        int last = indices.rank() - 1;
        boolean isNd = addressing == Kernel.Addressing.ND;
        int addressed = isNd ? indices.dim(last) : 1;
        View target = switch (addressing) {
            case AXIS -> insert(indexed, axis, 1, indices.dims());
            case ELEMENTS -> lying(indexed, axis, indices.dims());
            case ND -> insert(indexed, axis, addressed, Arrays.copyOfRange(indices.dims(), axis, last));
        };
        View laid = switch (addressing) {
            case AXIS -> {
                View inner = insert(indices, indices.rank(), 0, tail(indexed, axis + 1));
                yield insert(inner, 0, 0, Arrays.copyOf(indexed.dims(), axis));
            }
            case ELEMENTS -> indices;
            case ND -> insert(indices, last, 1, tail(indexed, axis + addressed));
        };
        return new TransferViews(indexed, target, laid, axis, addressed, isNd ? indices.stride(last) : 0);
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
}
