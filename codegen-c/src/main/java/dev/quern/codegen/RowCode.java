package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.Substitution;
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

/// A [RowPair] while it is written: a group a row. The row comes into local memory once, where all items of the group
/// work on it; the sums are those of [Reducer]'s 16 virtual lanes, to the bit.
final class RowCode {
    /// Elements of a row that are in local memory at a time.
    private static final int CHUNK = 2048;
    private static final int LONG = 1024;
    private static final int ITEMS = 128;
    static final int MORE_ITEMS = 256;

    private final RowPair pair;
    private final Kernel.Reduce reduce;
    private final Kernel.Map map;
    private final DType dtype;
    private final int results;
    private final List<View> kept = new ArrayList<>();
    private final List<View> along = new ArrayList<>();
    private final List<View> beside;
    private final int rows;
    private final int count;
    private final int items;
    private final KernelText text;
    private final List<String> at;
    private final List<String> extents;
    private final List<String> inside;
    private final String length;

    RowCode(RowPair pair, List<Buffer> buffers) {
        this.pair = pair;
        this.reduce = pair.reduce();
        this.map = pair.map();
        this.dtype = reduce.prologue().dtype().computeType();
        this.results = reduce.outputs().size();
        View first = reduce.operands().getFirst();
        int rank = first.rank() - reduce.reducedRank();
        List<View> whole = new ArrayList<>(reduce.operands());
        whole.addAll(map.inputs());
        whole.addAll(map.outputs());
        List<View> outer = new ArrayList<>(reduce.outputs());
        outer.addAll(reduce.epilogueOperands());
        whole.forEach(v -> outer.add(MapCode.leading(v, rank)));
        List<View> merged = MergedAxes.of(outer);
        int lead = results + reduce.epilogueOperands().size();
        beside = merged.subList(0, lead);
        kept.addAll(merged.subList(lead, merged.size()));
        along.addAll(
                MergedAxes.of(whole.stream().map(v -> MapCode.trailing(v, rank)).toList()));
        rows = beside.getFirst().length();
        count = along.getFirst().length();
        items = count < LONG ? ITEMS : MORE_ITEMS;
        text = new KernelText("rows", items, buffers);
        text.line("LOCAL %s row[%s];", type(), CHUNK);
        text.line("LOCAL %s lanes[%s];", type(), Reducer.LANES);
        extents = text.extents(beside.getFirst().dims());
        inside = text.extents(along.getFirst().dims());
        length = text.number(count);
        text.line("int output = item / %s;", items);
        at = text.positions("output", extents);
    }

    private String type() {
        return CTypes.computed(dtype);
    }

    Launch launch() {
        List<String> values = results();
        openEach(length);
        List<String> position = new ArrayList<>(at);
        position.addAll(text.positions("r", inside));
        mapped().write(text, values, position, List.of());
        closeEach();
        long cost = 4L
                + StraightLine.of(reduce.prologue()).steps().size()
                + StraightLine.of(map.exprs()).steps().size();
        return text.launch(rows * items, cost * rows * count);
    }

    /// The results of the reduction, which one item stores and all keep.
    private List<String> results() {
        List<String> sums = states();
        List<String> values = Scalars.write(
                text,
                reduce.epilogue(),
                Scalars.Operands.at(
                        at,
                        extents,
                        index -> index < sums.size()
                                ? sums.get(index)
                                : text.load(beside.get(results + index - sums.size()), at)));
        text.open("if (LOCAL_ITEM == 0) {");
        List<String> stored = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            DType to = reduce.outputs().get(i).dtype();
            text.store(beside.get(i), at, values.get(i));
            stored.add(CTypes.reloaded(to, values.get(i)));
        }
        text.close();
        return stored;
    }

    /// The map, its arguments in another order: results of the reduction first.
    private Finish mapped() {
        List<View> operands = new ArrayList<>();
        int[] place = new int[pair.states().size()];
        int first = reduce.operands().size();
        for (int i = 0; i < place.length; i++) {
            if (pair.states().get(i) >= 0) {
                place[i] = pair.states().get(i);
            } else {
                place[i] = results + operands.size();
                operands.add(whole(first + i));
            }
        }
        List<Expr> exprs = map.exprs().stream()
                .map(e -> Substitution.renumber(e, i -> place[i]))
                .toList();
        List<View> outputs = new ArrayList<>();
        for (int j = 0; j < map.outputs().size(); j++) {
            outputs.add(whole(first + pair.states().size() + j));
        }
        return new Finish(operands, exprs, outputs);
    }

    /// A view over the axes of rows, then those along them.
    private View whole(int which) {
        View outer = kept.get(which);
        View inner = along.get(which);
        return MapCode.over(
                outer, joined(outer.dims(), inner.dims()), joined(outer.strides(), inner.strides()), outer.offset());
    }

    private static int[] joined(int[] first, int[] second) {
        int[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private List<String> states() {
        return new Folds(text, reduce.reducer(), dtype, length, this::fold).states();
    }

    /// A part of the row comes into local memory by all items, 16 of which are the lanes.
    private String fold(BinaryFn fn, Folds.@Nullable Second second) {
        String sum = text.fresh("sum");
        String part = text.fresh("part");
        text.line("%s %s = %s;", type(), sum, Identities.of(fn, dtype));
        text.open("for (int start = 0; start < %s; start += %s) {", length, CHUNK);
        text.line("int %s = %s - start < %s ? %s - start : %s;", part, length, CHUNK, length, CHUNK);
        openEach(part);
        text.line("row[r] = %s;", staged(second));
        closeEach();
        text.line("BARRIER;");
        text.open("for (int base = 0; base < %s; base += %s) {", part, Reducer.LANES);
        text.line("int r = base + LOCAL_ITEM;");
        String next = Scalars.binary(fn, dtype == DType.F64, sum, "row[r]");
        text.line("if (LOCAL_ITEM < %s && r < %s) %s = %s;", Reducer.LANES, part, sum, next);
        text.close();
        text.line("BARRIER;");
        text.close();
        text.line("if (LOCAL_ITEM < %s) lanes[LOCAL_ITEM] = %s;", Reducer.LANES, sum);
        text.line("BARRIER;");
        text.open("for (int h = %s; h > 0; h >>= 1) {", Reducer.LANES / 2);
        String both = Scalars.binary(fn, dtype == DType.F64, "lanes[LOCAL_ITEM]", "lanes[LOCAL_ITEM + h]");
        text.line("if (LOCAL_ITEM < h) lanes[LOCAL_ITEM] = %s;", both);
        text.line("BARRIER;");
        text.close();
        String result = text.variable(dtype, "lanes[0]");
        text.line("BARRIER;");
        return result;
    }

    /// Opens a loop in which the items have all positions `r` below `end`. All items go round equally often: PoCL
    /// takes that for granted where there are barriers.
    private void openEach(String end) {
        text.open("for (int base = 0; base < %s; base += %s) {", end, items);
        text.line("int r = base + LOCAL_ITEM;");
        text.open("if (r < %s) {", end);
    }

    private void closeEach() {
        text.close();
        text.close();
    }

    /// What is combined for the element `start + r`; a row that is there whole is not read again.
    private String staged(Folds.@Nullable Second second) {
        String x = second != null && count <= CHUNK ? "row[r]" : element("(start + r)");
        return second == null ? x : second.value(text, x);
    }

    private String element(String r) {
        List<String> position = text.positions(r, inside);
        List<String> values = new ArrayList<>();
        for (int v = 0; v < reduce.operands().size(); v++) {
            String where = text.at(kept.get(v), at) + " + " + text.at(along.get(v), position);
            values.add(CTypes.load(along.get(v).dtype(), text.pointer(kept.get(v)) + "[" + where + "]"));
        }
        return Scalars.write(text, List.of(reduce.prologue()), Scalars.Operands.arguments(values))
                .getFirst();
    }
}
