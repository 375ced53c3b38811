package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The buffers of a program, read and written one element at a time by position.
record Memory(Elements[] buffers) {

    Elements of(View view) {
        return new Elements(view.dtype(), buffers[view.buffer()].array());
    }

    Elements[] of(List<View> views) {
        return views.stream().map(this::of).toArray(Elements[]::new);
    }

    /// Where the element at a position lies in its array.
    static int at(View view, int... position) {
        int at = view.offset();
        for (int axis = 0; axis < view.rank(); axis++) {
            at += position[axis] * view.stride(axis);
        }
        return at;
    }

    static int[] at(List<View> views, int... position) {
        return views.stream().mapToInt(v -> at(v, position)).toArray();
    }

    Number read(View view, int... position) {
        return Num.read(of(view), at(view, position));
    }

    /// The element converted to `type`, less that of `zero` (which expands to the dims of `view`) where there is
    /// one.
    Number read(View view, @Nullable View zero, DType type, int... position) {
        Number x = Num.convert(read(view, position), type);
        if (zero == null) {
            return x;
        }
        Number z = Num.convert(read(zero.expand(view.dims()), position), type);
        return Num.apply(BinaryFn.SUB, x, z, type);
    }

    void write(Number value, View view, int... position) {
        Num.store(value, of(view), at(view, position));
    }

    /// Moves one element, whatever its type.
    void move(View from, int[] position, View to, int[] target) {
        System.arraycopy(of(from).array(), at(from, position), of(to).array(), at(to, target), 1);
    }

    /// Every position of a space, row-major.
    static void each(int[] dims, Consumer<int[]> visit) {
        each(dims, 0, new int[dims.length], visit);
    }

    private static void each(int[] dims, int axis, int[] position, Consumer<int[]> visit) {
        if (axis == dims.length) {
            visit.accept(position.clone());
            return;
        }
        for (int i = 0; i < dims[axis]; i++) {
            position[axis] = i;
            each(dims, axis + 1, position, visit);
        }
    }

    /// The row-major number of a position.
    static int linear(int[] dims, int[] position) {
        int n = 0;
        for (int axis = 0; axis < dims.length; axis++) {
            n = n * dims[axis] + position[axis];
        }
        return n;
    }

    static int[] join(int[] a, int... b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }
}
