package dev.quern.codegen;

import dev.quern.codegen.ContractCode.Accumulator;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// [Fused.Form#ATTENTION] while it is written: a group has some queries of one batch, and their scores lie in local
/// memory whole.
/// 16
/// items a query are the lanes of its reductions; in the products the items are a grid of sums. So every sum has the
/// order that it has where the steps are apart.
final class AttentionCode {
    /// Scores that fit beside the rest into the 32 KiB of local memory that every OpenCL device has.
    private static final int CAPACITY = 6400;
    private static final int MOST_QUERIES = 16;
    private static final int LEAST_QUERIES = 4;
    private static final int MOST_COLUMNS = 64;
    /// Items that lie along a row of a tile of sums.
    private static final int ACROSS = 32;
    private static final int BANKS = 32;

    private static final Accumulator SUM = new Accumulator(DType.F32);

    private final Fused attention;
    private final Kernel.Contract first;
    private final Kernel.Contract last;
    private final int[] space;
    private final int queriesAtOnce;
    private final int items;
    /// Columns of a tile of sums: few enough that an item fetches eight elements at a time at most.
    private final int tile;
    private final KernelText text;
    private final List<String> extents;
    private final List<String> batch;
    private final String queries;
    private final String keys;
    private final String stride;
    /// Results of rows by buffer, each a variable of the row's items.
    private final Map<Integer, String> states = new HashMap<>();

    AttentionCode(Fused attention, List<Buffer> buffers) {
        this.attention = attention;
        this.first = attention.products().getFirst();
        this.last = attention.products().getLast();
        this.space = first.output().dims();
        int axes = space.length - 2;
        this.queriesAtOnce = queriesAtOnce(space[axes], space[axes + 1]);
        this.items = queriesAtOnce * Reducer.LANES;
        this.tile = Math.min(MOST_COLUMNS, items / 2);
        this.text = new KernelText("attention", items, buffers);
        text.line("LOCAL float scores[%s];", CAPACITY);
        text.line("LOCAL float as[%s];", SumTile.elements(queriesAtOnce));
        text.line("LOCAL float bs[%s];", SumTile.elements(tile));
        text.line("LOCAL float lanes[%s];", items);
        this.extents = text.extents(space);
        this.queries = extents.get(axes);
        this.keys = extents.getLast();
        this.stride = text.number(stride(space[axes + 1]));
        List<String> parts = new ArrayList<>(extents.subList(0, axes));
        parts.add(text.number(Math.ceilDiv(space[axes], queriesAtOnce)));
        text.line("int part = item / %s;", items);
        List<String> lead = text.positions("part", parts);
        this.batch = lead.subList(0, axes);
        text.line("int top = %s * %s;", lead.get(axes), queriesAtOnce);
    }

    /// Whether the scores of some queries fit into local memory.
    static boolean fits(int keys) {
        return keys <= CAPACITY / LEAST_QUERIES && LEAST_QUERIES * stride(keys) <= CAPACITY;
    }

    private static int queriesAtOnce(int queries, int keys) {
        int count = LEAST_QUERIES;
        while (count < MOST_QUERIES && count < queries && 2 * count * stride(keys) <= CAPACITY) {
            count *= 2;
        }
        return count;
    }

    /// Such that the lanes of two neighbouring rows lie in different banks.
    private static int stride(int keys) {
        return Math.ceilDiv(keys - BANKS / 2, BANKS) * BANKS + BANKS / 2;
    }

    Launch launch() {
        scores();
        text.line("BARRIER;");
        rows();
        text.line("BARRIER;");
        result();
        int axes = space.length - 2;
        int groups =
                Arrays.stream(space).limit(axes).reduce(1, (x, y) -> x * y) * Math.ceilDiv(space[axes], queriesAtOnce);
        return text.launch(
                Math.multiplyExact(groups, items),
                attention.multiplications() / 4 + 32L * first.output().length());
    }

    private void scores() {
        SumTile sums = new SumTile(text, SUM, queriesAtOnce, tile, items, ACROSS);
        sums.place();
        String depth = text.number(first.a().dim(space.length - 1));
        text.open("for (int left = 0; left < %s; left += %s) {", keys, tile);
        sums.clear();
        text.open("for (int k0 = 0; k0 < %s; k0 += %s) {", depth, SumTile.STEPS);
        sums.fetchRows(ContractCode.rows(SUM, first), "as", batch, "top", queries, depth);
        sums.fetchColumns(ContractCode.columns(SUM, first), "bs", batch, "left", keys, depth);
        text.line("BARRIER;");
        sums.accumulate(sums.fetched("as"), depth);
        text.line("BARRIER;");
        text.close();
        sums.eachFinished("top", "left", queries, keys, sum -> {
            List<String> at = GroupProduct.position(batch, "m", "n");
            String score = value(
                    first.epilogue(),
                    first.output().dtype(),
                    at,
                    index -> index == 0
                            ? sum
                            : text.load(first.epilogueOperands().get(index - 1), at));
            text.line("scores[(m - top) * %s + n] = %s;", stride, score);
        });
        text.close();
    }

    /// What becomes of the scores, query by query: an item has the same elements at every step.
    private void rows() {
        text.line("int lane = LOCAL_ITEM %% %s;", Reducer.LANES);
        text.line("int line = LOCAL_ITEM / %s;", Reducer.LANES);
        text.line("int query = top + line < %s ? top + line : %s - 1;", queries, queries);
        text.line("int count = top + line < %s ? %s : 0;", queries, keys);
        for (Kernel step : attention.steps().subList(1, attention.steps().size() - 1)) {
            switch (step) {
                case Kernel.Reduce reduce -> reduce(reduce);
                case Kernel.Map map when map.extent().length == space.length -> map(map);
                case Kernel.Map map -> mapOfResults(map);
                default -> throw new IllegalStateException(step.name() + " is no step of attention");
            }
        }
    }

    private void reduce(Kernel.Reduce reduce) {
        LaneItems lanes = new LaneItems(text, DType.F32);
        List<String> at = GroupProduct.position(batch, "query", "r");
        Folds.Fold fold = (fn, second) -> lanes.fold(fn, "count", r -> {
            String x = computed(
                    reduce.prologue(), at, index -> element(reduce.operands().get(index), at));
            return second == null ? x : second.value(text, x);
        });
        List<String> folded = new Folds(text, reduce.reducer(), DType.F32, keys, fold).states();
        keep(
                reduce.epilogue(),
                reduce.outputs(),
                index -> index < folded.size()
                        ? folded.get(index)
                        : result(reduce.epilogueOperands().get(index - folded.size())));
    }

    private void mapOfResults(Kernel.Map map) {
        keep(map.exprs(), map.outputs(), index -> result(map.inputs().get(index)));
    }

    private void map(Kernel.Map map) {
        List<String> at = GroupProduct.position(batch, "query", "r");
        text.open("for (int r = lane; r < count; r += %s) {", Reducer.LANES);
        String value = value(
                map.exprs().getFirst(),
                map.outputs().getFirst().dtype(),
                at,
                index -> element(map.inputs().get(index), at));
        text.line("%s = %s;", score(), value);
        text.close();
    }

    private void keep(List<Expr> exprs, List<View> results, IntFunction<String> arguments) {
        for (int i = 0; i < results.size(); i++) {
            DType dtype = results.get(i).dtype();
            String value = value(exprs.get(i), dtype, GroupProduct.position(batch, "query"), arguments);
            states.put(results.get(i).buffer(), text.variable(dtype, value));
        }
    }

    private void result() {
        View out = last.output();
        int columns = out.dim(space.length - 1);
        int width = columns <= ACROSS ? ACROSS : tile;
        SumTile sums = new SumTile(text, SUM, queriesAtOnce, width, items, ACROSS);
        List<String> end = text.extents(out.dims());
        text.open("for (int left = 0; left < %s; left += %s) {", end.getLast(), width);
        sums.clear();
        text.open("for (int k0 = 0; k0 < %s; k0 += %s) {", keys, SumTile.STEPS);
        sums.fetchColumns(ContractCode.columns(SUM, last), "bs", batch, "left", end.getLast(), keys);
        text.line("BARRIER;");
        sums.accumulate(sums.kept("scores", stride), keys);
        text.line("BARRIER;");
        text.close();
        Finish finish = new Finish(last.epilogueOperands(), List.of(last.epilogue()), List.of(out));
        sums.eachFinished(
                "top",
                "left",
                queries,
                end.getLast(),
                sum -> finish.write(text, List.of(sum), GroupProduct.position(batch, "m", "n"), end));
        text.close();
    }

    private String score() {
        return "scores[line * " + stride + " + r]";
    }

    /// An element of the row: one of the scores, of a result, or of an array.
    private String element(View view, List<String> at) {
        String state = states.get(view.buffer());
        return state != null ? state : view.buffer() < 0 ? score() : text.load(view, at);
    }

    /// A result of the row, or an element of an array that has one for each row.
    private String result(View view) {
        String state = states.get(view.buffer());
        return state != null ? state : text.load(view, GroupProduct.position(batch, "query"));
    }

    private String computed(Expr expr, List<String> at, IntFunction<String> arguments) {
        return Scalars.write(text, List.of(expr), Scalars.Operands.at(at, extents.subList(0, at.size()), arguments))
                .getFirst();
    }

    /// The value that one would read again after it was stored.
    private String value(Expr expr, DType dtype, List<String> at, IntFunction<String> arguments) {
        return CTypes.reloaded(dtype, computed(expr, at, arguments));
    }
}
