package dev.quern.codegen;

import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.MergedAxes;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Maps: on a CPU an item is a stretch of a row, a loop that the C compiler turns into vectors; on a GPU an element.
final class MapCode {
    private static final int STRETCH = 1024;

    private MapCode() {}

    static Launch of(Kernel.Map kernel, List<Buffer> buffers, Target target) {
        List<View> views = new ArrayList<>(kernel.outputs());
        views.addAll(kernel.inputs());
        if (!StraightLine.of(kernel.exprs()).readsIndex()) {
            views = MergedAxes.of(views);
        }
        List<View> outputs = views.subList(0, kernel.outputs().size());
        List<View> inputs = views.subList(kernel.outputs().size(), views.size());
        int[] dims = outputs.getFirst().dims();
        int rank = dims.length;
        int last = rank == 0 ? 1 : dims[rank - 1];
        int stretch = target == Target.CPU ? STRETCH : 1;
        int parts = Math.ceilDiv(last, stretch);
        int rows = last == 0 ? 0 : outputs.getFirst().length() / last;
        boolean isShort = target != Target.CPU || last <= 64;
        KernelText text = new KernelText("map", isShort ? 64 : 1, buffers);
        List<String> extents = text.extents(dims);
        List<String> at = new ArrayList<>();
        if (rank > 0) {
            String count = text.structural(parts);
            String row = item(text, "/", count);
            String part = item(text, "%", count);
            at.addAll(text.positions(row, extents.subList(0, rank - 1)));
            String end = text.fresh("e");
            text.line("int %s = %s * %s + %s;", end, part, stretch, stretch);
            text.line("if (%s > %s) %s = %s;", end, extents.getLast(), end, extents.getLast());
            text.open("for (int j = %s * %s; j < %s; j++) {", part, stretch, end);
            at.add("j");
        }
        new Finish(inputs, kernel.exprs(), outputs).write(text, List.of(), at, extents);
        if (rank > 0) {
            text.close();
        }
        long cost = StraightLine.of(kernel.exprs()).steps().size();
        return text.launch(rows * parts, cost * outputs.getFirst().length());
    }

    private static String item(KernelText text, String operator, String count) {
        String name = text.fresh("i");
        text.line("int %s = item %s %s;", name, operator, count);
        return name;
    }

    /// The view over other axes.
    static View over(View view, int[] dims, int[] strides, int offset) {
        return View.of(view.buffer(), view.dtype(), offset, dims, strides);
    }

    /// The leading `rank` axes of the view.
    static View leading(View view, int rank) {
        return over(view, Arrays.copyOf(view.dims(), rank), Arrays.copyOf(view.strides(), rank), view.offset());
    }

    /// The axes of the view from `from` on, at offset 0.
    static View trailing(View view, int from) {
        return over(
                view,
                Arrays.copyOfRange(view.dims(), from, view.rank()),
                Arrays.copyOfRange(view.strides(), from, view.rank()),
                0);
    }
}
