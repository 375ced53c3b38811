package dev.quern.codegen;

import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.TransferViews;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Gather and Scatter. A gather's item is an output; a scatter's is all updates that can meet the same elements, in
/// their order, so that duplicates have a fixed result.
final class TransferCode {
    private final KernelText text;
    private final TransferViews views;

    private TransferCode(String kind, List<Buffer> buffers, TransferViews views) {
        this.text = new KernelText(kind, 16, buffers);
        this.views = views;
    }

    static Launch gather(Kernel.Gather kernel, List<Buffer> buffers) {
        TransferViews views = TransferViews.of(kernel.data(), kernel.indices(), kernel.addressing(), kernel.axis());
        return new TransferCode("gather", buffers, views).gather(kernel.output());
    }

    private Launch gather(View out) {
        List<String> at = text.positions("item", text.extents(out.dims()));
        String from = locate(at, "return;");
        text.line("%s[%s] = %s[%s];", text.pointer(out), text.at(out, at), text.pointer(views.target()), from);
        return text.launch(out.length(), 8L * out.length());
    }

    static List<Launch> scatter(Kernel.Scatter kernel, List<Buffer> buffers, Target target) {
        List<Launch> launches = new ArrayList<>();
        if (!kernel.data().equals(kernel.output())) {
            Expr element = Expr.arg(0, kernel.data().dtype());
            launches.add(MapCode.of(
                    new Kernel.Map(List.of(kernel.data()), List.of(element), List.of(kernel.output())),
                    buffers,
                    target));
        }
        TransferViews views = TransferViews.of(kernel.output(), kernel.indices(), kernel.addressing(), kernel.axis());
        launches.add(new TransferCode("scatter", buffers, views).scatter(kernel));
        return launches;
    }

    private Launch scatter(Kernel.Scatter kernel) {
        View updates = kernel.updates();
        int first = kernel.axis();
        int end = first
                + switch (kernel.addressing()) {
                    case AXIS -> kernel.indices().rank();
                    case ELEMENTS -> 1;
                    case ND -> kernel.indices().rank() - 1 - first;
                };
        List<String> extents = text.extents(updates.dims());
        List<String> free = new ArrayList<>(extents.subList(0, first));
        free.addAll(extents.subList(end, extents.size()));
        List<String> at = new ArrayList<>(text.positions("item", free));
        int items = 1;
        int turns = 1;
        for (int axis = 0; axis < updates.rank(); axis++) {
            if (axis < first || axis >= end) {
                items *= updates.dim(axis);
            } else {
                turns *= updates.dim(axis);
                String u = "u" + axis;
                text.open("for (int %s = 0; %s < %s; %s++) {", u, u, extents.get(axis), u);
                at.add(axis, u);
            }
        }
        String to = locate(at, end > first ? "continue;" : "return;");
        String place = text.pointer(kernel.output()) + "[to]";
        text.line("int to = %s;", to);
        if (kernel.mode() == Kernel.Combine.REPLACE) {
            text.line("%s = %s[%s];", place, text.pointer(updates), text.at(updates, at));
        } else {
            String there = CTypes.load(updates.dtype(), place);
            String comes = text.load(updates, at);
            Expr combined = Expr.arg(0, updates.dtype()).apply(kernel.mode().function(), Expr.arg(1, updates.dtype()));
            String value = Scalars.write(text, List.of(combined), new Scalars.Operands() {
                        @Override
                        public String arg(int index, DType dtype) {
                            return index == 0 ? there : comes;
                        }

                        @Override
                        public String position(int axis) {
                            return at.get(axis);
                        }
                    })
                    .getFirst();
            text.line("%s = %s;", place, CTypes.store(updates.dtype(), value));
        }
        for (int axis = first; axis < end; axis++) {
            text.close();
        }
        return text.launch(turns == 0 ? 0 : items, 8L * updates.length());
    }

    /// Reads the indices of a point.
    ///
    /// @param leave what to do where one is outside its axis
    /// @return where the element that is met lies
    private String locate(List<String> at, String leave) {
        StringBuilder where = new StringBuilder(text.at(views.target(), at));
        String start = text.at(views.indices(), at);
        for (int k = 0; k < views.addressed(); k++) {
            int axis = views.axis() + k;
            String extent = text.number(views.indexed().dim(axis));
            String i = text.fresh("x");
            text.line(
                    "i64 %s = %s[%s + %s * %s];",
                    i, text.pointer(views.indices()), start, k, text.structural(views.indexStep()));
            text.open("if (%s < -%s || %s >= %s) {", i, extent, i, extent);
            text.line("fails(status, step, INDEX_OUTSIDE, %s, %s);", axis, i);
            text.line(leave);
            text.close();
            where.append(" + (int) (%s < 0 ? %s + %s : %s) * %s"
                    .formatted(i, i, extent, i, text.structural(views.indexed().stride(axis))));
        }
        return where.toString();
    }
}
