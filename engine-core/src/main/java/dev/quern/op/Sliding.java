package dev.quern.op;

import dev.quern.tensor.Dim;
import dev.quern.tensor.ShapeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How a window moves over the spatial axes of [N, C, spatial…]: the attributes that convolutions and pools share.
/// An empty list stands for the default at every axis.
///
/// @param autoPad how padding is chosen
/// @param pads where `autoPad` is EXPLICIT: all those before the axes' positions, then all those after; default 0
/// @param strides how far the window moves from output to output; default 1
/// @param dilations the distance between neighbouring positions in the window; default 1
public record Sliding(AutoPad autoPad, List<Integer> pads, List<Integer> strides, List<Integer> dilations) {

    /// Unit steps, no padding.
    public static final Sliding PLAIN = new Sliding(AutoPad.EXPLICIT, List.of(), List.of(), List.of());

    /// ONNX's auto_pad.
    public enum AutoPad {
        /// NOTSET: as the pads say.
        EXPLICIT,
        /// As many outputs as the inputs divided by the stride, rounded up; what is odd is padded at the end.
        SAME_UPPER,
        /// Like SAME_UPPER, but what is odd is padded at the beginning.
        SAME_LOWER,
        /// No padding.
        VALID
    }

    public Sliding {
        pads = List.copyOf(pads);
        strides = List.copyOf(strides);
        dilations = List.copyOf(dilations);
        if (strides.stream().anyMatch(s -> s < 1) || dilations.stream().anyMatch(d -> d < 1)) {
            throw new ShapeException("strides " + strides + " and dilations " + dilations + " must be at least 1");
        }
    }

    /// Explicit padding, the same before and after, unit dilation.
    static Sliding of(List<Integer> padEachSide, List<Integer> strides) {
        List<Integer> both = new ArrayList<>(padEachSide);
        both.addAll(padEachSide);
        return new Sliding(AutoPad.EXPLICIT, both, strides, List.of());
    }

    /// Fails unless the lists have entries for `axes` spatial axes.
    void requireAxes(int axes) {
        boolean fits = (pads.isEmpty() || pads.size() == 2 * axes)
                && (strides.isEmpty() || strides.size() == axes)
                && (dilations.isEmpty() || dilations.size() == axes);
        if (!fits) {
            throw new ShapeException("pads " + pads + ", strides " + strides + " and dilations " + dilations
                    + " do not fit " + axes + " spatial axes");
        }
    }

    int stride(int axis) {
        return strides.isEmpty() ? 1 : strides.get(axis);
    }

    int dilation(int axis) {
        return dilations.isEmpty() ? 1 : dilations.get(axis);
    }

    List<Integer> strides(int axes) {
        return strides.isEmpty() ? Collections.nCopies(axes, 1) : strides;
    }

    List<Integer> dilations(int axes) {
        return dilations.isEmpty() ? Collections.nCopies(axes, 1) : dilations;
    }

    private int before(int axis) {
        return pads.isEmpty() || autoPad != AutoPad.EXPLICIT ? 0 : pads.get(axis);
    }

    private int after(int axis) {
        return pads.isEmpty() || autoPad != AutoPad.EXPLICIT ? 0 : pads.get(pads.size() / 2 + axis);
    }

    /// The positions from the first to the last one in a window of `taps`.
    private int span(int axis, int taps) {
        return (taps - 1) * dilation(axis) + 1;
    }

    /// How many outputs there are along spatial axis `axis`.
    ///
    /// @param ceil whether a last window that lies partly outside counts, unless it starts in the padding at the
    ///     end
    Dim outputs(int axis, Dim in, Dim taps, boolean ceil) {
        int stride = stride(axis);
        if (autoPad == AutoPad.SAME_LOWER || autoPad == AutoPad.SAME_UPPER) {
            return in.plus(stride - 1L).dividedBy(stride);
        }
        if (!taps.isFixed()) {
            return Dim.UNKNOWN;
        }
        int span = span(axis, (int) taps.extent());
        long padding = (long) before(axis) + after(axis);
        if (!in.isFixed()) {
            boolean rounded = ceil && stride != 1;
            return rounded ? Dim.UNKNOWN : in.plus(padding - span + stride).dividedBy(stride);
        }
        long room = in.extent() + padding - span;
        if (room < 0 && !(ceil && room > -stride)) {
            throw new ShapeException("a window over " + span + " positions does not fit into " + in.extent() + " with "
                    + padding + " of padding along spatial axis " + axis);
        }
        if (!ceil || autoPad == AutoPad.VALID) {
            return Dim.of(room / stride + 1);
        }
        long count = Math.ceilDiv(room, stride) + 1;
        boolean startsOutside = (count - 1) * stride >= in.extent() + before(axis);
        return Dim.of(startsOutside ? count - 1 : count);
    }

    /// Padding before the first position of spatial axis `axis`.
    int padLow(int axis, int in, int taps) {
        int total = samePadding(axis, in, taps);
        return switch (autoPad) {
            case EXPLICIT, VALID -> before(axis);
            case SAME_UPPER -> total / 2;
            case SAME_LOWER -> total - total / 2;
        };
    }

    /// Padding after the last position of spatial axis `axis`, as the attributes say: outputs may need less or
    /// more.
    int padHigh(int axis, int in, int taps) {
        int total = samePadding(axis, in, taps);
        return switch (autoPad) {
            case EXPLICIT, VALID -> after(axis);
            case SAME_UPPER -> total - total / 2;
            case SAME_LOWER -> total / 2;
        };
    }

    private int samePadding(int axis, int in, int taps) {
        int outputs = Math.ceilDiv(in, stride(axis));
        return Math.max(0, (outputs - 1) * stride(axis) + span(axis, taps) - in);
    }
}
