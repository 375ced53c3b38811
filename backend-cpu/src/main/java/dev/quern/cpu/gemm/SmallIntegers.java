package dev.quern.cpu.gemm;

import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// An operand of a product of 8-bit integers.
///
/// @param zero what is subtracted from the elements
/// @param summed the axes along which the product sums
/// @param shared the shared buffer in which another form of it is kept during a run
record SmallIntegers(View view, @Nullable View zero, IntPredicate summed, int shared) {
    SmallIntegers {
        zero = zero == null ? null : zero.expand(view.dims());
    }

    boolean isSmall() {
        return isSmall(view) && (zero == null || isSmall(zero));
    }

    static boolean isSmall(View view) {
        return view.dtype() == DType.I8 || view.dtype() == DType.U8;
    }

    /// The largest magnitude of an element less its zero point.
    long most() {
        return zero == null && view.dtype() == DType.I8 ? 128 : 255;
    }

    int summands() {
        return IntStream.range(0, view.rank()).filter(summed).map(view::dim).reduce(1, Math::multiplyExact);
    }

    /// Floats without gaps in `buffer` with these extents, whose axes lie in `order`, the outermost first.
    static View dense(int buffer, int[] dims, int... order) {
        int[] back = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            back[order[i]] = i;
        }
        int[] ordered = IntStream.of(order).map(axis -> dims[axis]).toArray();
        return View.dense(buffer, DType.F32, ordered).permute(back);
    }

    /// The axes of a view as they lie, the outermost first.
    static int[] order(View view) {
        return IntStream.range(0, view.rank())
                .boxed()
                .sorted(Comparator.comparingInt(axis -> -Math.abs(view.stride(axis))))
                .mapToInt(axis -> axis)
                .toArray();
    }

    /// The operand without its repetitions.
    ///
    /// @param kept an axis that stays as it is, or −1
    SmallIntegers once(int kept) {
        View once = view;
        View zeroOnce = zero;
        for (int axis = 0; axis < view.rank(); axis++) {
            boolean repeats = axis != kept && view.stride(axis) == 0 && (zero == null || zero.stride(axis) == 0);
            int extent = repeats ? Math.min(1, view.dim(axis)) : view.dim(axis);
            once = once.slice(axis, 0, extent, 1);
            zeroOnce = zeroOnce == null ? null : zeroOnce.slice(axis, 0, extent, 1);
        }
        return new SmallIntegers(once, zeroOnce, summed, shared);
    }
}
