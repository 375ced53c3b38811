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

/// The steps of one [Fused.Form#ATTENTION] while they are followed, each in the space of the scores.
final class AttentionChain implements Chain {
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
    static Optional<Chain> from(Kernel.Contract first, List<Buffer> buffers) {
        AttentionChain chain = new AttentionChain(first, buffers);
        int keys = chain.space[chain.space.length - 1];
        boolean begins = Chain.isFloatProduct(first)
                && chain.row.length() > 0
                && keys > 1
                && AttentionCode.fits(keys)
                && Chain.canLieInside(chain.row, buffers);
        return begins ? Optional.of(chain) : Optional.empty();
    }

    @Override
    public Set<Integer> inside() {
        return own;
    }

    @Override
    public Set<Integer> stored() {
        return Set.of();
    }

    @Override
    public boolean isWhole() {
        return isWhole;
    }

    @Override
    public Fused fused() {
        return new Fused(Fused.Form.ATTENTION, steps, own);
    }

    @Override
    public boolean add(Kernel kernel) {
        return !isWhole
                && switch (kernel) {
                    case Kernel.Reduce reduce ->
                        inSpace(reduce).filter(this::addReduce).isPresent();
                    case Kernel.Map map
                    when map.outputs().getFirst().length() == row.length() ->
                        Chain.inSpace(map, space).filter(this::addMap).isPresent();
                    case Kernel.Map map ->
                        Chain.inSpace(map, lead).filter(this::addMapOfResults).isPresent();
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
            if (!Chain.canLieInside(v, buffers)) {
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
                && Chain.canLieInside(to, buffers)
                && map.inputs().stream().allMatch(v -> isRowOrOther(v) || isSpreadResult(v));
        if (fits) {
            steps.add(map);
            own.add(to.buffer());
            row = to;
        }
        return fits;
    }

    private boolean addLast(Kernel.Contract product) {
        isWhole = Chain.isFloatProduct(product)
                && Chain.isSame(product.a(), row)
                && !own.contains(product.b().buffer())
                && product.epilogueOperands().stream().noneMatch(v -> own.contains(v.buffer()))
                && !Chain.reads(steps, product.output().buffer());
        if (isWhole) {
            steps.add(product);
        }
        return isWhole;
    }

    private boolean isRowOrOther(View view) {
        return own.contains(view.buffer()) ? Chain.isSame(view, row) : true;
    }

    private boolean isResultOrOther(View view) {
        View result = results.get(view.buffer());
        return result == null ? !own.contains(view.buffer()) : Chain.isSame(view, result);
    }

    /// Whether each element of a row is given the result of the row.
    private boolean isSpreadResult(View view) {
        View result = results.get(view.buffer());
        return result != null
                && view.stride(lead.length) == 0
                && Chain.isSame(MapCode.leading(view, lead.length), result);
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
        Optional<List<View>> operands = Chain.reshaped(reduce.operands(), space);
        Optional<List<View>> beside = Chain.reshaped(reduce.epilogueOperands(), lead);
        Optional<List<View>> outputs = Chain.reshaped(reduce.outputs(), lead);
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
        Optional<List<View>> first = Chain.reshaped(List.of(a), space);
        Optional<List<View>> second = Chain.reshaped(List.of(product.b()), ofB);
        Optional<List<View>> beside = Chain.reshaped(product.epilogueOperands(), ofOutput);
        Optional<List<View>> output = Chain.reshaped(List.of(product.output()), ofOutput);
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
}
