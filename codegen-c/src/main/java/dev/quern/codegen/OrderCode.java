package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Cumulate and Sort.
final class OrderCode {
    private OrderCode() {}

    /// An item is a line.
    static Launch cumulate(Kernel.Cumulate kernel, List<Buffer> buffers) {
        View input = kernel.input();
        DType dtype = input.dtype().computeType();
        BinaryFn fn = kernel.operation().function();
        KernelText text = new KernelText("cumulate", 16, buffers);
        List<String> at = lines(text, input, kernel.axis());
        String length = text.number(input.dim(kernel.axis()));
        text.line("%s sum = %s;", CTypes.computed(dtype), Identities.of(fn, dtype));
        text.open("for (int i = 0; i < %s; i++) {", length);
        at.set(kernel.axis(), kernel.reverse() ? "(" + length + " - 1 - i)" : "i");
        text.line("%s x = %s;", CTypes.computed(dtype), text.load(input, at));
        if (kernel.exclusive()) {
            text.store(kernel.output(), at, "sum");
        }
        text.line(
                "sum = %s;",
                dtype.isFloat()
                        ? Scalars.binary(fn, dtype == DType.F64, "sum", "x")
                        : Scalars.integer(fn, dtype, "sum", "x"));
        if (!kernel.exclusive()) {
            text.store(kernel.output(), at, "sum");
        }
        text.close();
        return text.launch(input.dim(kernel.axis()) == 0 ? 0 : lineCount(input, kernel.axis()), 6L * input.length());
    }

    private static int lineCount(View view, int axis) {
        return view.dim(axis) == 0 ? 0 : view.length() / view.dim(axis);
    }

    /// The position of line `item`, with 0 along its axis.
    private static List<String> lines(KernelText text, View view, int axis) {
        int[] dims = view.dims();
        List<String> others = new ArrayList<>(text.extents(dims));
        others.remove(axis);
        List<String> at = new ArrayList<>(text.positions("item", others));
        at.add(axis, "0");
        return at;
    }

    /// A merge sort of positions whose passes are launches: an item finds its place among the other half's elements
    /// by bisection.
    static List<Launch> sort(Kernel.Sort kernel, List<Buffer> buffers) {
        View input = kernel.input();
        int length = input.dim(kernel.axis());
        Launch.Scratch sorted = new Launch.Scratch(0, DType.I32, input.length());
        Launch.Scratch spare = new Launch.Scratch(1, DType.I32, input.length());
        List<Launch> launches = new ArrayList<>();
        if (kernel.values().length() == 0) {
            return launches;
        }
        launches.add(start(length, sorted, buffers));
        for (int width = 1; width < length; width *= 2) {
            launches.add(merge(kernel, width, sorted, spare, buffers));
            Launch.Scratch merged = spare;
            spare = sorted;
            sorted = merged;
            if (width > Integer.MAX_VALUE / 2) {
                break;
            }
        }
        launches.add(take(kernel, sorted, buffers));
        return launches;
    }

    private static Launch start(int length, Launch.Scratch sorted, List<Buffer> buffers) {
        KernelText text = new KernelText("positions", 16, buffers);
        text.line("%s[item] = item %% %s;", text.pointer(sorted), text.number(length));
        return text.launch(sorted.length(), 2L * sorted.length());
    }

    private static Launch merge(
            Kernel.Sort kernel, int width, Launch.Scratch from, Launch.Scratch to, List<Buffer> buffers) {
        View input = kernel.input();
        int length = input.dim(kernel.axis());
        KernelText text = new KernelText("merge", 16, buffers);
        String source = text.pointer(from);
        String target = text.pointer(to);
        String n = text.number(length);
        String w = text.number(width);
        text.line("int place = item %% %s;", n);
        text.line("int start = item - place;");
        text.line("int low = place - place %% (2 * %s);", w);
        text.line("int middle = low + %s < %s ? low + %s : %s;", w, n, w, n);
        text.line("int high = middle + %s < %s ? middle + %s : %s;", w, n, w, n);
        text.line("int left = place < middle;");
        text.line("int own = %s[item];", source);
        text.line("int a = left ? middle : low;");
        text.line("int b = left ? high : middle;");
        List<String> line = line(text, input, kernel.axis(), n);
        line.set(kernel.axis(), "own");
        String type = CTypes.computed(input.dtype());
        text.line("%s x = %s;", type, text.load(input, line));
        text.open("while (a < b) {");
        text.line("int probe = a + (b - a) / 2;");
        text.line("int other = %s[start + probe];", source);
        line.set(kernel.axis(), "other");
        text.line("%s y = %s;", type, text.load(input, line));
        text.line(
                "int before = left ? %s : !%s;",
                isBefore(input.dtype(), kernel.largest(), "y", "x"),
                isBefore(input.dtype(), kernel.largest(), "x", "y"));
        text.line("if (before) a = probe + 1; else b = probe;");
        text.close();
        text.line("int passed = left ? a - middle : a - low;");
        text.line("int rank = left ? place - low : place - middle;");
        text.line("%s[start + low + rank + passed] = own;", target);
        return text.launch(from.length(), 40L * from.length());
    }

    /// The position whose line holds `item`, items being numbered line by line.
    private static List<String> line(KernelText text, View view, int axis, String length) {
        List<String> others = new ArrayList<>(text.extents(view.dims()));
        others.remove(axis);
        String line = text.fresh("l");
        text.line("int %s = item / %s;", line, length);
        List<String> at = new ArrayList<>(text.positions(line, others));
        at.add(axis, "0");
        return at;
    }

    private static String isBefore(DType dtype, boolean largest, String a, String b) {
        String x = largest ? b : a;
        String y = largest ? a : b;
        if (dtype.isFloat()) {
            return "(%s < %s || (%s == %s && %s != %s))".formatted(x, y, x, x, y, y);
        }
        String u = dtype == DType.U64 ? "(u64) " : "";
        return "(" + u + x + " < " + u + y + ")";
    }

    private static Launch take(Kernel.Sort kernel, Launch.Scratch sorted, List<Buffer> buffers) {
        View input = kernel.input();
        View values = kernel.values();
        int axis = kernel.axis();
        KernelText text = new KernelText("take", 16, buffers);
        String k = text.number(values.dim(axis));
        List<String> at = line(text, values, axis, k);
        text.line("int place = item %% %s;", k);
        text.line("int own = %s[item / %s * %s + place];", text.pointer(sorted), k, text.number(input.dim(axis)));
        List<String> to = new ArrayList<>(at);
        to.set(axis, "place");
        at.set(axis, "own");
        text.line(
                "%s[%s] = %s[%s];", text.pointer(values), text.at(values, to), text.pointer(input), text.at(input, at));
        text.store(kernel.indices(), to, "own");
        return text.launch(values.length(), 8L * values.length());
    }
}
