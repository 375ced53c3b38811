package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Sliding;
import dev.quern.tensor.Dim;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How windows lie along each spatial axis: [Sliding] with its defaults filled in and its padding as numbers.
///
/// @param low padding before
/// @param high padding after, as the attributes say
record Windowing(List<Integer> strides, List<Integer> dilations, List<Integer> low, List<Integer> high) {

    /// Of a convolution of `x` with `w` that gives `y`.
    static Windowing of(Sliding sliding, Value x, Value w, Value y) {
        return of(sliding, x, w, y, sliding.autoPad(), false, List.of());
    }

    /// Of the convolution that `conv` of `x` with `w` is the adjoint of, from `y`.
    static Windowing of(ConvTranspose conv, Value x, Value w, Value y) {
        boolean given = !conv.outputShape().isEmpty();
        return of(conv.sliding(), y, w, x, conv.sliding().autoPad(), given, conv.outputPadding());
    }

    private static Windowing of(
            Sliding s, Value x, Value w, Value y, Sliding.AutoPad autoPad, boolean given, List<Integer> beyond) {
        int axes = x.rank() - 2;
        List<Integer> strides = s.strides().isEmpty() ? Collections.nCopies(axes, 1) : s.strides();
        List<Integer> dilations = s.dilations().isEmpty() ? Collections.nCopies(axes, 1) : s.dilations();
        boolean same = autoPad == Sliding.AutoPad.SAME_LOWER || autoPad == Sliding.AutoPad.SAME_UPPER;
        if (!same && !given) {
            boolean none = s.pads().isEmpty() || autoPad == Sliding.AutoPad.VALID;
            List<Integer> pads = none ? Collections.nCopies(2 * axes, 0) : s.pads();
            return new Windowing(strides, dilations, pads.subList(0, axes), pads.subList(axes, 2 * axes));
        }
        List<Integer> low = new ArrayList<>();
        List<Integer> high = new ArrayList<>();
        for (int i = 0; i < axes; i++) {
            int reach = (fixed(w, i) - 1) * dilations.get(i) + 1 + (beyond.isEmpty() ? 0 : beyond.get(i));
            int total = Math.max(0, (fixed(y, i) - 1) * strides.get(i) + reach - fixed(x, i));
            int less = total / 2;
            low.add(autoPad == Sliding.AutoPad.SAME_UPPER ? less : total - less);
            high.add(total - low.getLast());
        }
        return new Windowing(strides, dilations, low, high);
    }

    private static int fixed(Value v, int axis) {
        Dim d = v.shape().dim(2 + axis);
        if (!d.isFixed()) {
            throw new UnspellableException("spatial extents must be fixed, not those of " + v.type()
                    + "; a shape can be fixed before (quern convert --shape)");
        }
        return Math.toIntExact(d.extent());
    }

    /// The padding after that leaves no rest, which may be negative.
    List<Integer> rest(Value x, Value w, Value y) {
        return IntStream.range(0, strides.size())
                .map(i -> strides.get(i) == 1
                        ? high.get(i)
                        : (fixed(y, i) - 1) * strides.get(i)
                                + (fixed(w, i) - 1) * dilations.get(i)
                                + 1
                                - low.get(i)
                                - fixed(x, i))
                .boxed()
                .toList();
    }

    /// As attributes, with this padding after; negative padding is none.
    Sliding sliding(List<Integer> after) {
        List<Integer> pads = Stream.concat(low.stream(), after.stream().map(h -> Math.max(0, h)))
                .toList();
        return new Sliding(Sliding.AutoPad.EXPLICIT, pads, strides, dilations);
    }
}
