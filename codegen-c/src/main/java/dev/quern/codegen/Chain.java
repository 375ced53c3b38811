package dev.quern.codegen;

import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Steps that may become one launch, while they are followed.
interface Chain {
    /// The arrays that lie inside, once nobody else is found to read them.
    Set<Integer> inside();

    /// The arrays that are written besides.
    Set<Integer> stored();

    /// Adds a step that reads or writes an array of the chain, if it may be the next one.
    boolean add(Kernel kernel);

    /// Whether the steps so far are all that it takes.
    boolean isWhole();

    Fused fused();

    /// Whether it is a product in `f32` of operands as they are.
    static boolean isFloatProduct(Kernel.Contract product) {
        return product.accumulate() == DType.F32 && product.aZero() == null && product.bZero() == null;
    }

    /// Whether it is an array of its own that is written whole, of floats.
    static boolean canLieInside(View view, List<Buffer> buffers) {
        Buffer buffer = buffers.get(view.buffer());
        return buffer.role() instanceof Buffer.Temporary
                && view.offset() == 0
                && view.isContiguous()
                && view.length() == buffer.length()
                && view.dtype().computeType() == DType.F32;
    }

    /// Whether one of the steps reads the array: then it must not be written while other items are at that step.
    static boolean reads(List<Kernel> steps, int buffer) {
        return steps.stream().flatMap(k -> k.inputs().stream()).anyMatch(v -> v.buffer() == buffer);
    }

    /// Whether both go through the same elements; an axis of one element may have any stride.
    static boolean isSame(View a, View b) {
        boolean isSame = a.buffer() == b.buffer() && a.dtype() == b.dtype() && a.offset() == b.offset();
        for (int axis = 0; isSame && axis < a.rank(); axis++) {
            isSame = a.dim(axis) == 1 || a.stride(axis) == b.stride(axis);
        }
        return isSame;
    }

    /// The map over `target`, where that says the same.
    static Optional<Kernel.Map> inSpace(Kernel.Map map, int[] target) {
        if (Arrays.equals(map.extent(), target)) {
            return Optional.of(map);
        }
        Optional<List<View>> inputs = reshaped(map.inputs(), target);
        Optional<List<View>> outputs = reshaped(map.outputs(), target);
        return inputs.isPresent()
                        && outputs.isPresent()
                        && !StraightLine.of(map.exprs()).readsIndex()
                ? Optional.of(new Kernel.Map(inputs.get(), map.exprs(), outputs.get()))
                : Optional.empty();
    }

    /// The views under other dims, or nothing where one cannot say that.
    static Optional<List<View>> reshaped(List<View> views, int[] target) {
        List<View> all = new ArrayList<>();
        for (View v : views) {
            View moved = v.length() == View.dense(0, v.dtype(), target).length() ? v.reshape(target) : null;
            if (moved == null) {
                return Optional.empty();
            }
            all.add(moved);
        }
        return Optional.of(all);
    }
}
