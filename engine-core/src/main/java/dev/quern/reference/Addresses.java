package dev.quern.reference;

import dev.quern.backend.RunException;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.TransferViews;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;

/// Where the points of a transfer lead, with its indices checked.
final class Addresses {
    private final String step;
    private final TransferViews views;
    private final View indexed;
    /// The indexed view over the transfer's space.
    final View target;
    /// The indices over the transfer's space.
    final View indices;

    /// @param step the name of the step, for errors
    /// @param indexed the data of a Gather, the output of a Scatter
    Addresses(String step, View indexed, View indices, Kernel.Addressing addressing, int axis) {
        this.step = step;
        this.views = TransferViews.of(indexed, indices, addressing, axis);
        this.indexed = indexed;
        this.target = views.target();
        this.indices = views.indices();
    }

    /// The position that is met, given where `target` and `indices` stand.
    ///
    /// @throws RunException where an index is outside its axis
    int locate(int targetAt, Elements index, int indexAt) {
        int at = targetAt;
        for (int k = 0; k < views.addressed(); k++) {
            long given = index.getLong(indexAt + k * views.indexStep());
            int axis = views.axis() + k;
            int extent = indexed.dim(axis);
            if (given < -extent || given >= extent) {
                throw new RunException("\"" + step + "\": index " + given + " must be in [" + -extent + ", " + extent
                        + ") for axis " + axis + " of " + indexed.dtype()
                        + Shape.of(indexed.dims()));
            }
            at += Math.toIntExact(given < 0 ? given + extent : given) * indexed.stride(axis);
        }
        return at;
    }
}
