package dev.quern.cpu.plain;

import dev.quern.backend.RunException;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;

/// What Gather and Scatter share: the elements of a *window* (the output of a Gather, the updates of a Scatter), each
/// with the element of `data` that its indices name.
///
/// Both are visited in runs along trailing axes that no index touches, over which data and window move by fixed
/// strides.
final class Addresses {
    private final View data;
    private final View indices;
    private final View window;
    private final Kernel.Addressing addressing;
    private final int axis;
    private final int[] lead;
    private final int run;

    /// @param data the view that is addressed
    /// @param window the view that goes with the indices
    Addresses(View data, View indices, View window, Kernel.Addressing addressing, int axis) {
        this.data = data;
        this.indices = indices;
        this.window = window;
        this.addressing = addressing;
        this.axis = axis;
        // the last axis is a run where data has it too
        int indexed = switch (addressing) {
            case AXIS -> axis + indices.rank();
            case ELEMENTS -> window.rank();
            case ND -> indices.rank() - 1;
        };
        boolean hasRun = window.rank() > indexed;
        run = hasRun ? window.dim(window.rank() - 1) : 1;
        lead = Arrays.copyOf(window.dims(), hasRun ? window.rank() - 1 : window.rank());
    }

    /// How many runs there are.
    int runs() {
        return run == 0 ? 0 : ReduceStep.product(lead, 0, lead.length);
    }

    /// Elements in a run.
    int run() {
        return run;
    }

    int dataStride() {
        return run == 1 ? 1 : data.stride(data.rank() - 1);
    }

    int windowStride() {
        return run == 1 ? 1 : window.stride(window.rank() - 1);
    }

    /// Whether single elements are addressed in a line, and all that takes part lies in order.
    boolean isLine() {
        return addressing == Kernel.Addressing.ELEMENTS
                && window.rank() == 1
                && data.stride(0) == 1
                && window.stride(0) == 1
                && indices.stride(0) == 1;
    }

    Object indices(Workspace workspace) {
        return workspace.array(indices.buffer());
    }

    /// The position that index `i` of a line names.
    int place(long[] places, int i) {
        return checked(places[indices.offset() + i], 0);
    }

    /// Goes from run to run, beginning with `first`, which there must be.
    Walk walk(Workspace workspace, int first) {
        return new Walk(workspace.array(indices.buffer()), first);
    }

    /// The same from the first run on, where the indices are these.
    Walk walk(Object array) {
        return new Walk(array, 0);
    }

    /// Where a run stands.
    final class Walk {
        private final Object array;
        private final int[] p = new int[lead.length];
        private int windowAt = window.offset();
        private int dataAt;

        private Walk(Object array, int first) {
            this.array = array;
            for (int d = lead.length - 1, rest = first; d >= 0; d--) {
                p[d] = rest % lead[d];
                rest /= lead[d];
                windowAt += p[d] * window.stride(d);
            }
            find();
        }

        int data() {
            return dataAt;
        }

        int window() {
            return windowAt;
        }

        /// On to the next run; the last one has none.
        void next() {
            for (int d = lead.length - 1; d >= 0; d--) {
                windowAt += window.stride(d);
                if (++p[d] < lead[d]) {
                    find();
                    return;
                }
                windowAt -= lead[d] * window.stride(d);
                p[d] = 0;
            }
        }

        private void find() {
            dataAt = switch (addressing) {
                case AXIS -> alongAxis(array, p);
                case ELEMENTS -> byElement(array, p);
                case ND -> byTuple(array, p);
            };
        }
    }

    private int alongAxis(Object array, int[] p) {
        int at = data.offset();
        int indexAt = indices.offset();
        for (int d = 0; d < p.length; d++) {
            if (d < axis) {
                at += p[d] * data.stride(d);
            } else if (d < axis + indices.rank()) {
                indexAt += p[d] * indices.stride(d - axis);
            } else {
                at += p[d] * data.stride(d - indices.rank() + 1);
            }
        }
        return at + index(array, indexAt, axis) * data.stride(axis);
    }

    private int byElement(Object array, int[] p) {
        int at = data.offset();
        int indexAt = indices.offset();
        for (int d = 0; d < p.length; d++) {
            indexAt += p[d] * indices.stride(d);
            at += d == axis ? 0 : p[d] * data.stride(d);
        }
        return at + index(array, indexAt, axis) * data.stride(axis);
    }

    private int byTuple(Object array, int[] p) {
        int tuple = indices.rank() - 1;
        int width = indices.dim(tuple);
        int at = data.offset();
        int indexAt = indices.offset();
        for (int d = 0; d < p.length; d++) {
            if (d < tuple) {
                indexAt += p[d] * indices.stride(d);
            }
            if (d < axis) {
                at += p[d] * data.stride(d);
            } else if (d >= tuple) {
                at += p[d] * data.stride(axis + width + d - tuple);
            }
        }
        for (int i = 0; i < width; i++) {
            at += index(array, indexAt + i * indices.stride(tuple), axis + i) * data.stride(axis + i);
        }
        return at;
    }

    private int index(Object array, int at, int along) {
        return checked(indices.dtype() == DType.I64 ? ((long[]) array)[at] : ((int[]) array)[at], along);
    }

    private int checked(long value, int along) {
        int extent = data.dim(along);
        if (value < -extent || value >= extent) {
            throw new RunException("index " + value + " is outside axis " + along + " of extent " + extent);
        }
        return (int) (value < 0 ? value + extent : value);
    }
}
