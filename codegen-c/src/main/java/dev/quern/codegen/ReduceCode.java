package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.MergedAxes;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reductions: an item is an output; the 16 virtual lanes of [Reducer] are an array of the item. On a GPU 16 items
/// share an output whose elements lie side by side, a lane each, so that they are read together.
final class ReduceCode {
    /// Items of a group that share outputs.
    private static final int GROUP = 64;
    /// Elements of an output below which an item alone is quicker.
    private static final int LEAST_SHARED = 64;

    private final KernelText text;
    private final Kernel.Reduce kernel;
    private final DType dtype;
    private final List<View> kept = new ArrayList<>();
    private final List<View> reduced = new ArrayList<>();
    private final Finish finish;
    private final List<String> at;
    private final List<String> extents;
    private final List<String> reducedExtents;
    private final String length;
    private final int count;
    private final boolean isShared;

    private ReduceCode(Kernel.Reduce kernel, List<Buffer> buffers, Target target) {
        this.kernel = kernel;
        this.dtype = kernel.prologue().dtype().computeType();
        int[] space = kernel.operands().getFirst().dims();
        int rank = space.length - kernel.reducedRank();
        boolean merges = !StraightLine.of(kernel.epilogue()).readsIndex()
                && !StraightLine.of(kernel.prologue()).readsIndex();
        List<View> outer = new ArrayList<>(kernel.outputs());
        outer.addAll(kernel.epilogueOperands());
        kernel.operands().forEach(v -> outer.add(MapCode.leading(v, rank)));
        List<View> inner =
                kernel.operands().stream().map(v -> MapCode.trailing(v, rank)).toList();
        List<View> outerAxes = merges ? MergedAxes.of(outer) : outer;
        int results = kernel.outputs().size();
        int beside = results + kernel.epilogueOperands().size();
        kept.addAll(outerAxes.subList(beside, outerAxes.size()));
        reduced.addAll(merges ? MergedAxes.of(inner) : inner);
        finish = new Finish(outerAxes.subList(results, beside), kernel.epilogue(), outerAxes.subList(0, results));
        int[] inside = reduced.getFirst().dims();
        count = Arrays.stream(inside).reduce(1, (a, b) -> a * b);
        isShared = target == Target.GPU && count >= LEAST_SHARED && !picks() && isSideBySide();
        text = new KernelText("reduce", isShared ? GROUP : count < 64 ? 16 : 1, buffers);
        extents = text.extents(finish.outputs().getFirst().dims());
        reducedExtents = text.extents(inside);
        length = text.number(count);
        if (isShared) {
            text.line("LOCAL %s lanes[%s];", type(), GROUP);
            text.line("int lane = LOCAL_ITEM %% %s;", Reducer.LANES);
            String last = text.number(finish.outputs().getFirst().length() - 1);
            text.line("int output = item / %s < %s ? item / %s : %s;", Reducer.LANES, last, Reducer.LANES, last);
        }
        at = text.positions(isShared ? "output" : "item", extents);
    }

    /// Whether the reducer gives a position, whose ties are settled in order.
    private boolean picks() {
        return switch (kernel.reducer()) {
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST -> true;
            case SUM, PRODUCT, MIN, MAX, AND, OR, MEAN_VARIANCE, MAX_SUM_EXP -> false;
        };
    }

    private boolean isSideBySide() {
        View first = reduced.getFirst();
        return first.rank() > 0 && first.stride(first.rank() - 1) == 1;
    }

    static Launch of(Kernel.Reduce kernel, List<Buffer> buffers, Target target) {
        return new ReduceCode(kernel, buffers, target).launch();
    }

    private Launch launch() {
        List<String> states = states();
        int items = finish.outputs().getFirst().length();
        if (isShared) {
            text.open("if (lane == 0 && item / %s == output) {", Reducer.LANES);
        }
        finish.write(text, states, at, extents);
        if (isShared) {
            text.close();
        }
        long cost = 2L + StraightLine.of(kernel.prologue()).steps().size();
        int launched = isShared ? Math.ceilDiv(items, GROUP / Reducer.LANES) * GROUP : items;
        return text.launch(launched, cost * kernel.reducer().states() * count * items);
    }

    private List<String> states() {
        return switch (kernel.reducer()) {
            case ARG_MIN_FIRST -> pick("<", false);
            case ARG_MIN_LAST -> pick("<", true);
            case ARG_MAX_FIRST -> pick(">", false);
            case ARG_MAX_LAST -> pick(">", true);
            case SUM, PRODUCT, MIN, MAX, AND, OR, MEAN_VARIANCE, MAX_SUM_EXP ->
                new Folds(text, kernel.reducer(), dtype, length, this::fold).states();
        };
    }

    private String type() {
        return CTypes.computed(dtype);
    }

    /// The lanes in order, then the tree.
    private String fold(BinaryFn fn, Folds.@Nullable Second second) {
        return isShared ? new LaneItems(text, dtype).fold(fn, length, r -> value(r, second)) : alone(fn, second);
    }

    private String alone(BinaryFn fn, Folds.@Nullable Second second) {
        String lanes = text.fresh("lanes");
        String r = text.fresh("r");
        text.line("%s %s[%s];", type(), lanes, Reducer.LANES);
        text.line("for (int l = 0; l < %s; l++) %s[l] = %s;", Reducer.LANES, lanes, Identities.of(fn, dtype));
        text.line("int %s = 0;", r);
        text.open("for (; %s + %s <= %s; %s += %s) {", r, Reducer.LANES, length, r, Reducer.LANES);
        text.open("for (int l = 0; l < %s; l++) {", Reducer.LANES);
        combine(fn, lanes, r, second);
        text.close();
        text.close();
        text.open("for (int l = 0; %s + l < %s; l++) {", r, length);
        combine(fn, lanes, r, second);
        text.close();
        text.open("for (int h = %s; h > 0; h >>= 1) {", Reducer.LANES / 2);
        text.line(
                "for (int l = 0; l < h; l++) %s[l] = %s;",
                lanes, Scalars.combined(fn, dtype, lanes + "[l]", lanes + "[l + h]"));
        text.close();
        return text.variable(dtype, lanes + "[0]");
    }

    private void combine(BinaryFn fn, String lanes, String r, Folds.@Nullable Second second) {
        text.line("%s[l] = %s;", lanes, Scalars.combined(fn, dtype, lanes + "[l]", value("(" + r + " + l)", second)));
    }

    /// What is combined for the element at the row-major position `r`.
    private String value(String r, Folds.@Nullable Second second) {
        String x = element(r);
        return second == null ? x : second.value(text, x);
    }

    /// The element at the row-major position `r` of the reduced space.
    private String element(String r) {
        List<String> inside = text.positions(r, reducedExtents);
        List<String> values = new ArrayList<>();
        for (int v = 0; v < kept.size(); v++) {
            View view = kept.get(v);
            String where = text.at(view, at) + " + " + text.at(reduced.get(v), inside);
            values.add(CTypes.load(view.dtype(), text.pointer(view) + "[" + where + "]"));
        }
        List<String> all = new ArrayList<>(at);
        all.addAll(inside);
        return Scalars.write(text, List.of(kernel.prologue()), new Operands(values, all))
                .getFirst();
    }

    private final class Operands implements Scalars.Operands {
        private final List<String> values;
        private final List<String> position;

        Operands(List<String> values, List<String> position) {
            this.values = values;
            this.position = position;
        }

        @Override
        public String arg(int index, DType type) {
            return values.get(index);
        }

        @Override
        public String position(int axis) {
            if (axis != Expr.Index.LINEAR) {
                return position.get(axis);
            }
            List<String> all = new ArrayList<>(extents);
            all.addAll(reducedExtents);
            return KernelText.linear(position, all);
        }
    }

    private List<String> pick(String better, boolean last) {
        BinaryFn fn = better.equals("<") ? BinaryFn.MIN : BinaryFn.MAX;
        String position = text.fresh("s");
        String value = text.fresh("s");
        text.line("i64 %s = -1;", position);
        text.line("%s %s = %s;", type(), value, Identities.of(fn, dtype));
        boolean isFloat = dtype.isFloat();
        text.open("for (int r = 0; r < %s%s; r++) {", length, isFloat ? " && " + value + " == " + value : "");
        String x = element("r");
        String u = dtype == DType.U64 ? "(u64) " : "";
        text.line(
                "if (%s < 0 || %s%s %s %s%s%s%s) {",
                position,
                u,
                x,
                better,
                u,
                value,
                isFloat ? " || " + x + " != " + x : "",
                last ? " || " + x + " == " + value : "");
        text.line("    %s = r;", position);
        text.line("    %s = %s;", value, x);
        text.line("}");
        text.close();
        return List.of(position, value);
    }
}
