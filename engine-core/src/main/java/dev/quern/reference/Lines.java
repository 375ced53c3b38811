package dev.quern.reference;

import dev.quern.kernel.View;
import java.util.List;

/// The lines along one axis of a space: a walk over their starts.
///
/// @param dims the extents of the space
record Lines(int[] dims, int axis) {

    /// How many elements a line has.
    int length() {
        return dims[axis];
    }

    /// The starts of the lines in each view (all of them in [Cursor#in]), whose other extents are those of the
    /// space.
    Cursor over(View... views) {
        int[] starts = dims.clone();
        starts[axis] = 1;
        return new Cursor(starts, 0, List.of(views), List.of());
    }
}
