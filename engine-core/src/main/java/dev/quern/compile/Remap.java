package dev.quern.compile;

import dev.quern.kernel.View;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// How a reader's view of a dense buffer maps the reader's iteration space onto the space of the loop that wrote it.
///
/// With it, an operand of the writer can be read directly by the reader: the buffer between them is not needed.
sealed interface Remap {

    /// The operand, a view over the writer's space, as a view over the reader's; `null` where strides cannot say
    /// it.
    @Nullable
    View apply(View operand);

    /// Whether the reader's space is the writer's, axis by axis.
    default boolean isIdentity() {
        return false;
    }

    /// Whether each element of the writer's space is read at most once.
    boolean readsOnce();

    /// The mapping that `reading` makes of a buffer written densely with extents `written`, if there is one.
    static @Nullable Remap of(View reading, int[] written) {
        if (reading.offset() == 0
                && reading.isContiguous()
                && reading.length() == View.dense(0, reading.dtype(), written).length()) {
            return new Reshaped(reading.dims(), Arrays.equals(reading.dims(), written));
        }
        return Permuted.of(reading, written);
    }

    /// The same elements in the same order under other dims.
    record Reshaped(int[] dims, boolean isIdentity) implements Remap {
        @Override
        public @Nullable View apply(View operand) {
            return isIdentity ? operand : operand.reshape(dims);
        }

        @Override
        public boolean readsOnce() {
            return true;
        }
    }

    /// Axis i of the reader walks axis `from[i]` of the writer, or none (−1: the reader repeats).
    record Permuted(int[] dims, int[] from, boolean readsOnce) implements Remap {
        static @Nullable Remap of(View reading, int[] written) {
            int[] dense = View.rowMajor(written);
            int[] from = new int[reading.rank()];
            boolean[] used = new boolean[written.length];
            boolean once = true;
            if (reading.offset() != 0) {
                return null;
            }
            for (int i = 0; i < from.length; i++) {
                from[i] = -1;
                if (reading.dim(i) == 1) {
                    continue;
                }
                if (reading.stride(i) == 0) {
                    once = false;
                    continue;
                }
                for (int j = 0; j < written.length && from[i] < 0; j++) {
                    if (!used[j] && written[j] == reading.dim(i) && dense[j] == reading.stride(i)) {
                        from[i] = j;
                        used[j] = true;
                    }
                }
                if (from[i] < 0) {
                    return null;
                }
            }
            return new Permuted(reading.dims(), from, once);
        }

        @Override
        public View apply(View operand) {
            int[] strides = new int[dims.length];
            for (int i = 0; i < dims.length; i++) {
                strides[i] = from[i] < 0 ? 0 : operand.stride(from[i]);
            }
            return View.of(operand.buffer(), operand.dtype(), operand.offset(), dims, strides);
        }
    }
}
