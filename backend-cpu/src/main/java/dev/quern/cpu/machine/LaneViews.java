package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.cpu.codegen.Operands;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Objects;

/// The arrays that a loop over lanes reads and writes: elements of 32 bits, or bytes, in rows.
record LaneViews(List<Access> views) {
    /// @param most how many the loop takes
    /// @throws NotGenerated where there are more, or elements that are neither of 32 bits nor integers of 8
    static LaneViews of(List<Access> views, int most) {
        if (views.size() > most) {
            throw new NotGenerated("more than " + most + " views");
        }
        for (Access view : views) {
            if (view.dtype() != DType.F32 && view.dtype() != DType.I32 && !isOfBytes(view)) {
                throw new NotGenerated("elements of " + view.dtype());
            }
        }
        return new LaneViews(List.copyOf(views));
    }

    /// Whether elements are integers of 8 bits, which lanes hold as such of 32.
    static boolean isOfBytes(Access view) {
        return view.dtype() == DType.I8 || view.dtype() == DType.U8;
    }

    /// How many bytes an element has.
    static int bytes(Access view) {
        return isOfBytes(view) ? Byte.BYTES : Float.BYTES;
    }

    boolean haveBytes() {
        return views.stream().anyMatch(LaneViews::isOfBytes);
    }

    int size() {
        return views.size();
    }

    /// Whether a row of view `number` is one element, repeated.
    boolean isRepeated(int number) {
        return views.get(number).repeated();
    }

    /// Checks that the rows of view `number`, `n` elements each, lie within its array.
    ///
    /// @param before how far before its first row another one begins, at most 0
    /// @param beyond how far beyond its first row another one begins
    void check(Operands operands, int number, long before, long beyond, int n) {
        long length = operands.segment(number).byteSize() / bytes(views.get(number));
        int at = operands.at()[number];
        Objects.checkFromToIndex(at + before, at + beyond + (isRepeated(number) ? 1 : n), length);
    }
}
