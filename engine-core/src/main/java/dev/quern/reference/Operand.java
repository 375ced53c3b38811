package dev.quern.reference;

import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An operand of a contraction and its zero point, a view that expands to the operand's dims.
record Operand(View view, @Nullable View zero) {

    Operand {
        zero = zero == null ? null : zero.expand(view.dims());
    }

    /// The block at the leading position `lead`, that is all elements along the axes after it: row-major,
    /// converted to the accumulate type, with the zero point subtracted.
    Row block(DType accumulate, long[] lead, Elements[] buffers) {
        Row block = load(view, accumulate, lead, buffers);
        if (zero != null) {
            block.subtract(load(zero, accumulate, lead, buffers));
        }
        return block;
    }

    /// The same block, cut into one row for each position along its first axis.
    Row[] rows(DType accumulate, long[] lead, Elements[] buffers) {
        Row[] rows = new Row[view.dim(lead.length)];
        long[] position = Arrays.copyOf(lead, lead.length + 1);
        for (int i = 0; i < rows.length; i++) {
            position[lead.length] = i;
            rows[i] = block(accumulate, position, buffers);
        }
        return rows;
    }

    /// Whether all blocks at leading positions of `axes` axes are one, repeated.
    boolean isConstantAlong(int axes) {
        for (int axis = 0; axis < axes; axis++) {
            if (view.stride(axis) != 0 || (zero != null && zero.stride(axis) != 0)) {
                return false;
            }
        }
        return true;
    }

    /// The number of elements along the axes from `axis`.
    private int count(int axis) {
        return Cursor.count(Arrays.copyOfRange(view.dims(), axis, view.rank()));
    }

    private Row load(View from, DType accumulate, long[] lead, Elements[] buffers) {
        Row row = Row.of(accumulate, count(lead.length));
        Elements elements = Buffers.of(from, buffers);
        View block = from;
        for (int axis = 0; axis < lead.length; axis++) {
            block = block.slice(axis, Math.toIntExact(lead[axis]), 1, 1);
        }
        int last = block.rank() - 1;
        int count = last < lead.length ? 1 : block.dim(last);
        int step = last < lead.length ? 1 : block.stride(last);
        int[] lines = last < lead.length ? new int[0] : Arrays.copyOf(block.dims(), last);
        int at = 0;
        for (Cursor line = Cursor.reading(lines, block); line.inside(); line.next()) {
            row.load(at, elements, line.in[0], step, count);
            at += count;
        }
        return row;
    }
}
