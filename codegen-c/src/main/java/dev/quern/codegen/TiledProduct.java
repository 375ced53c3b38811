package dev.quern.codegen;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Products in `f32` on a CPU: an item is a tile of 6 × 16 outputs in twelve vectors of 8, without any barrier. `b` is
/// laid out in panels of 16 columns first, once for a constant. OpenCL C only, for its vectors.
final class TiledProduct {
    private static final int ROWS = 6;
    static final int COLUMNS = 16;
    private static final int LEAST_ROWS = 4;

    private TiledProduct() {}

    static boolean fits(Kernel.Contract kernel, List<Buffer> buffers) {
        View out = kernel.output();
        boolean isConstant = buffers.get(kernel.b().buffer()).role() instanceof Buffer.Fixed;
        return kernel.accumulate() == DType.F32
                && kernel.a().dtype().computeType() == DType.F32
                && kernel.b().dtype().computeType() == DType.F32
                && kernel.aZero() == null
                && kernel.bZero() == null
                && out.length() > 0
                && kernel.a().dim(out.rank() - 1) > 0
                && (isConstant || out.dim(out.rank() - 2) >= LEAST_ROWS)
                && out.dim(out.rank() - 1) >= COLUMNS / 2;
    }

    static List<Launch> of(Kernel.Contract kernel, List<Buffer> buffers) {
        View b = kernel.b();
        int axes = b.rank() - 2;
        // a matrix that is repeated along a batch axis is packed once
        int[] distinct = b.dims();
        for (int axis = 0; axis < axes; axis++) {
            distinct[axis] = b.stride(axis) == 0 ? 1 : distinct[axis];
        }
        View matrices = MapCode.over(b, distinct, b.strides(), b.offset());
        int panels = Math.ceilDiv(b.dim(axes + 1), COLUMNS);
        int count = Arrays.stream(distinct).limit(axes).reduce(1, (x, y) -> x * y);
        int length = Math.multiplyExact(Math.multiplyExact(count * panels, b.dim(axes)), COLUMNS);
        if (buffers.get(b.buffer()).role() instanceof Buffer.Fixed(var constant)) {
            Launch.Scratch target = new Launch.Scratch(0, DType.F32, length);
            Launch pack = pack(matrices, panels, buffers, target);
            String key = "panels of " + COLUMNS + ", " + matrices.on(0);
            return List.of(tiles(
                    kernel.a(),
                    finish(kernel),
                    buffers,
                    distinct,
                    new Launch.Derived(constant, key, DType.F32, length, pack)));
        }
        Launch.Scratch target = new Launch.Scratch(0, DType.F32, length);
        return List.of(
                pack(matrices, panels, buffers, target), tiles(kernel.a(), finish(kernel), buffers, distinct, target));
    }

    private static Finish finish(Kernel.Contract kernel) {
        return new Finish(kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(kernel.output()));
    }

    /// Lays the matrices `b` [batch…, k, n] out in panels.
    static Launch pack(View b, int panels, List<Buffer> buffers, Launch.Scratch target) {
        int axes = b.rank() - 2;
        KernelText text = new KernelText("pack", 1, buffers);
        List<String> extents = text.extents(b.dims());
        List<String> parts = new ArrayList<>(extents.subList(0, axes));
        parts.add(text.number(panels));
        parts.add(extents.get(axes));
        List<String> at = text.positions("item", parts);
        List<String> from = new ArrayList<>(at.subList(0, axes));
        from.add(at.getLast());
        from.add("n");
        text.open("for (int j = 0; j < %s; j++) {", COLUMNS);
        text.line("int n = %s * %s + j;", at.get(axes), COLUMNS);
        String to = text.pointer(target);
        String x = text.load(b, from);
        text.line("%s[item * %s + j] = n < %s ? %s : 0.0f;", to, COLUMNS, extents.getLast(), x);
        text.close();
        int items = target.length() / COLUMNS;
        return text.launch(items, 4L * target.length());
    }

    /// The product of `a` [batch…, m, k] and of matrices that are laid out in panels.
    ///
    /// @param finish stores the sums, [batch…, m, n]
    /// @param distinct the batch extents of the matrices: that of `a`, or 1 where they are repeated
    static Launch tiles(View a, Finish finish, List<Buffer> buffers, int[] distinct, Launch.Array packed) {
        View out = finish.outputs().getFirst();
        int axes = out.rank() - 2;
        int m = out.dim(axes);
        int n = out.dim(axes + 1);
        int k = a.dim(axes + 1);
        int panels = Math.ceilDiv(n, COLUMNS);
        int tiles = Math.ceilDiv(m, ROWS);
        KernelText text = new KernelText("tiles", 1, buffers);
        List<String> extents = text.extents(out.dims());
        List<String> parts = new ArrayList<>(extents.subList(0, axes));
        String panelCount = text.number(panels);
        parts.add(panelCount);
        parts.add(text.number(tiles));
        String depth = text.number(k);
        List<String> lead = text.positions("item", parts);
        List<String> batch = lead.subList(0, axes);
        String panel = lead.get(axes);
        // the number of the matrix among the distinct ones
        String matrix = "0";
        for (int axis = 0; axis < axes; axis++) {
            if (distinct[axis] != 1) {
                matrix = "(" + matrix + " * " + extents.get(axis) + " + " + batch.get(axis) + ")";
            }
        }
        String b = switch (packed) {
            case Launch.Scratch s -> text.pointer(s);
            case Launch.Derived d -> text.pointer(d);
            case Launch.Workspace w -> throw new IllegalArgumentException("no operand is " + w);
            case Launch.OfBuffer o -> throw new IllegalArgumentException("panels are no buffer: " + o);
        };
        text.line(
                "GLOBAL const float* b = %s + (%s * %s + %s) * %s * %s;", b, matrix, panelCount, panel, depth, COLUMNS);
        text.line("int m = %s * %s;", lead.getLast(), ROWS);
        String last = extents.get(axes) + " - 1";
        List<String> row = new ArrayList<>(batch);
        row.add("m");
        row.add("k");
        for (int r = 0; r < ROWS; r++) {
            row.set(axes, "(m + " + r + " < " + last + " ? m + " + r + " : " + last + ")");
            List<String> start = new ArrayList<>(row);
            start.set(axes + 1, "0");
            text.line("int a%s = %s;", r, text.at(a, start));
            text.line("float8 c%s = 0.0f, d%s = 0.0f;", r, r);
        }
        String step = text.structural(a.stride(axes + 1));
        String pointer = text.pointer(a);
        text.open("for (int k = 0; k < %s; k++) {", depth);
        text.line("float8 y = vload8(0, b + k * %s), z = vload8(1, b + k * %s);", COLUMNS, COLUMNS);
        for (int r = 0; r < ROWS; r++) {
            String at = "a" + r + (step.equals("0") ? "" : step.equals("1") ? " + k" : " + k * " + step);
            text.line("float8 x%s = (float8) %s;", r, CTypes.load(a.dtype(), pointer + "[" + at + "]"));
            text.line("c%s = fma(x%s, y, c%s); d%s = fma(x%s, z, d%s);", r, r, r, r, r, r);
        }
        text.close();
        text.line("float acc[%s];", ROWS * COLUMNS);
        for (int r = 0; r < ROWS; r++) {
            text.line("vstore8(c%s, %s, acc); vstore8(d%s, %s, acc);", r, 2 * r, r, 2 * r + 1);
        }
        text.line("int rows = %s - m < %s ? %s - m : %s;", extents.get(axes), ROWS, extents.get(axes), ROWS);
        text.line("int n = %s * %s;", panel, COLUMNS);
        String right = extents.getLast();
        text.line("int columns = %s - n < %s ? %s - n : %s;", right, COLUMNS, right, COLUMNS);
        text.open("for (int r = 0; r < rows; r++) {");
        text.open("for (int j = 0; j < columns; j++) {");
        List<String> at = new ArrayList<>(batch);
        at.add("(m + r)");
        at.add("(n + j)");
        String state = text.variable(DType.F32, "acc[r * " + COLUMNS + " + j]");
        finish.write(text, List.of(state), at, extents);
        text.close();
        text.close();
        int batches = Arrays.stream(out.dims()).limit(axes).reduce(1, (x, y) -> x * y);
        return text.launch(batches * panels * tiles, (long) out.length() * (k / 4 + 4));
    }
}
