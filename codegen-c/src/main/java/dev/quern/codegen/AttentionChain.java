package dev.quern.codegen;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The steps of one [Attention] while they are followed, each in the space of the scores.
final class AttentionChain {
    private final List<Buffer> buffers;
    private final List<Kernel> steps = new ArrayList<>();
    private final int[] space;
    private final int[] lead;
    private final Set<Integer> own = new HashSet<>();
    private final Map<Integer, View> results = new HashMap<>();
    private View row;
    private boolean isReduced;
    private boolean isWhole;

    private AttentionChain(Kernel.Contract first, List<Buffer> buffers) {
        this.buffers = buffers;
        this.row = first.output();
        this.space = row.dims();
        this.lead = Arrays.copyOf(space, space.length - 1);
        steps.add(first);
        own.add(row.buffer());
    }

    /// A chain that begins with `first`, if its result can be scores.
    static Optional<AttentionChain> from(Kernel.Contract first, List<Buffer> buffers) {
        AttentionChain chain = new AttentionChain(first, buffers);
        int keys = chain.space[chain.space.length - 1];
        boolean begins = isFloatProduct(first)
                && chain.row.length() > 0
                && keys > 1
                && AttentionCode.fits(keys)
                && chain.canLieInside(chain.row);
        return begins ? Optional.of(chain) : Optional.empty();
    }

    private static boolean isFloatProduct(Kernel.Contract product) {
        return product.accumulate() == DType.F32 && product.aZero() == null && product.bZero() == null;
    }

    /// Whether it is an array of its own that is written whole, of floats.
    private boolean canLieInside(View view) {
        Buffer buffer = buffers.get(view.buffer());
        return buffer.role() instanceof Buffer.Temporary
                && view.offset() == 0
                && view.isContiguous()
                && view.length() == buffer.length()
                && view.dtype().computeType() == DType.F32;
    }

    /// The arrays that lie inside: the scores, what they become, and results of rows.
    Set<Integer> own() {
        return own;
    }

    /// Whether the last product is there, and with it all.
    boolean isWhole() {
        return isWhole;
    }

    Attention attention() {
        return new Attention(steps);
    }

    /// Adds a step that reads an array of the chain, if it may be the next one.
    boolean add(Kernel kernel) {
        return switch (kernel) {
            case Kernel.Reduce reduce -> inSpace(reduce).filter(this::addReduce).isPresent();
            case Kernel.Map map
            when map.outputs().getFirst().length() == row.length() ->
                inSpace(map, space).filter(this::addMap).isPresent();
            case Kernel.Map map ->
                inSpace(map, lead).filter(this::addMapOfResults).isPresent();
            case Kernel.Contract product ->
                isReduced && inSpace(product).filter(this::addLast).isPresent();
            default -> false;
        };
    }

    private boolean addReduce(Kernel.Reduce reduce) {
        boolean folds = !reduce.reducer().isArg() && reduce.prologue().dtype().computeType() == DType.F32;
        boolean fits = folds
                && reduce.operands().stream().allMatch(v -> isRowOrOther(v) || isSpreadResult(v))
                && reduce.epilogueOperands().stream().allMatch(this::isResultOrOther);
        isReduced |= fits;
        return fits && addResults(reduce, reduce.outputs());
    }

    private boolean addMapOfResults(Kernel.Map map) {
        return map.inputs().stream().allMatch(this::isResultOrOther) && addResults(map, map.outputs());
    }

    private boolean addResults(Kernel kernel, List<View> views) {
        for (View v : views) {
            if (!canLieInside(v)) {
                return false;
            }
            own.add(v.buffer());
            results.put(v.buffer(), v);
        }
        steps.add(kernel);
        return true;
    }

    private boolean addMap(Kernel.Map map) {
        View to = map.outputs().getFirst();
        boolean fits = map.outputs().size() == 1
                && canLieInside(to)
                && map.inputs().stream().allMatch(v -> isRowOrOther(v) || isSpreadResult(v));
        if (fits) {
            steps.add(map);
            own.add(to.buffer());
            row = to;
        }
        return fits;
    }

    private boolean addLast(Kernel.Contract product) {
        isWhole = isFloatProduct(product)
                && isSame(product.a(), row)
                && !own.contains(product.b().buffer())
                && product.epilogueOperands().stream().noneMatch(v -> own.contains(v.buffer()));
        if (isWhole) {
            steps.add(product);
        }
        return isWhole;
    }

    private boolean isRowOrOther(View view) {
        return own.contains(view.buffer()) ? isSame(view, row) : true;
    }

    private boolean isResultOrOther(View view) {
        View result = results.get(view.buffer());
        return result == null ? !own.contains(view.buffer()) : isSame(view, result);
    }

    /// Whether each element of a row is given the result of the row.
    private boolean isSpreadResult(View view) {
        View result = results.get(view.buffer());
        return result != null && view.stride(lead.length) == 0 && isSame(MapCode.leading(view, lead.length), result);
    }

    /// Whether both go through the same elements; an axis of one element may have any stride.
    private static boolean isSame(View a, View b) {
        boolean isSame = a.buffer() == b.buffer() && a.dtype() == b.dtype() && a.offset() == b.offset();
        for (int axis = 0; isSame && axis < a.rank(); axis++) {
            isSame = a.dim(axis) == 1 || a.stride(axis) == b.stride(axis);
        }
        return isSame;
    }

    /// The map over `target`, where that says the same.
    private static Optional<Kernel.Map> inSpace(Kernel.Map map, int[] target) {
        if (Arrays.equals(map.extent(), target)) {
            return Optional.of(map);
        }
        Optional<List<View>> inputs = reshaped(map.inputs(), target);
        Optional<List<View>> outputs = reshaped(map.outputs(), target);
        return inputs.isPresent() && outputs.isPresent() && !readsIndex(map.exprs())
                ? Optional.of(new Kernel.Map(inputs.get(), map.exprs(), outputs.get()))
                : Optional.empty();
    }

    private Optional<Kernel.Reduce> inSpace(Kernel.Reduce reduce) {
        View first = reduce.operands().getFirst();
        int rank = first.rank() - reduce.reducedRank();
        if (first.length() != row.length() || MapCode.trailing(first, rank).length() != space[lead.length]) {
            return Optional.empty();
        }
        if (Arrays.equals(first.dims(), space)) {
            return Optional.of(reduce);
        }
        Optional<List<View>> operands = reshaped(reduce.operands(), space);
        Optional<List<View>> beside = reshaped(reduce.epilogueOperands(), lead);
        Optional<List<View>> outputs = reshaped(reduce.outputs(), lead);
        List<Expr> exprs = new ArrayList<>(reduce.epilogue());
        exprs.add(reduce.prologue());
        return operands.isPresent() && beside.isPresent() && outputs.isPresent() && !readsIndex(exprs)
                ? Optional.of(new Kernel.Reduce(
                        operands.get(),
                        1,
                        reduce.prologue(),
                        reduce.reducer(),
                        beside.get(),
                        reduce.epilogue(),
                        outputs.get()))
                : Optional.empty();
    }

    private Optional<Kernel.Contract> inSpace(Kernel.Contract product) {
        View a = product.a();
        int rank = a.rank();
        if (Arrays.equals(a.dims(), space)) {
            return Optional.of(product);
        }
        if (a.length() != row.length()
                || a.dim(rank - 1) != space[lead.length]
                || a.dim(rank - 2) != space[lead.length - 1]) {
            return Optional.empty();
        }
        int columns = product.output().dim(rank - 1);
        int[] ofB = Arrays.copyOf(lead, space.length);
        ofB[lead.length - 1] = space[lead.length];
        ofB[lead.length] = columns;
        int[] ofOutput = Arrays.copyOf(lead, space.length);
        ofOutput[lead.length] = columns;
        Optional<List<View>> first = reshaped(List.of(a), space);
        Optional<List<View>> second = reshaped(List.of(product.b()), ofB);
        Optional<List<View>> beside = reshaped(product.epilogueOperands(), ofOutput);
        Optional<List<View>> output = reshaped(List.of(product.output()), ofOutput);
        return first.isPresent()
                        && second.isPresent()
                        && beside.isPresent()
                        && output.isPresent()
                        && !readsIndex(List.of(product.epilogue()))
                ? Optional.of(new Kernel.Contract(
                        first.get().getFirst(),
                        second.get().getFirst(),
                        product.aZero(),
                        product.bZero(),
                        product.accumulate(),
                        beside.get(),
                        product.epilogue(),
                        output.get().getFirst()))
                : Optional.empty();
    }

    private static boolean readsIndex(List<Expr> exprs) {
        return StraightLine.of(exprs).readsIndex();
    }

    /// The views under other dims, or nothing where one cannot say that.
    private static Optional<List<View>> reshaped(List<View> views, int[] target) {
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
