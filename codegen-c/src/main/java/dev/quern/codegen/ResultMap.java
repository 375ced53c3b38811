package dev.quern.codegen;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A map of the results of a reduction as part of its epilogue: a layer normalisation takes 1 / √(variance + ε) of each
/// row before it goes through the row.
final class ResultMap {
    private final Kernel.Reduce reduce;
    private final Kernel.Map map;
    private final int rank;
    private final List<View> operands;

    private ResultMap(Kernel.Reduce reduce, Kernel.Map map) {
        this.reduce = reduce;
        this.map = map;
        this.rank = reduce.outputs().getFirst().rank();
        this.operands = new ArrayList<>(reduce.epilogueOperands());
    }

    /// The reduction that does both, or nothing where `map` goes through anything else than one result after
    /// another, or where a result is rounded before it is read.
    static Optional<Kernel.Reduce> into(Kernel.Reduce reduce, Kernel.Map map) {
        boolean isFollowing =
                map.inputs().stream().anyMatch(v -> reduce.outputs().stream().anyMatch(r -> r.buffer() == v.buffer()));
        return isFollowing
                        && !StraightLine.of(map.exprs()).readsIndex()
                        && !StraightLine.of(reduce.epilogue()).readsIndex()
                ? new ResultMap(reduce, map).joined()
                : Optional.empty();
    }

    private Optional<Kernel.Reduce> joined() {
        int[] dims = map.extent();
        boolean isOfResults = dims.length >= rank
                && Arrays.equals(
                        Arrays.copyOf(dims, rank), reduce.outputs().getFirst().dims())
                && Arrays.stream(dims).skip(rank).allMatch(d -> d == 1);
        if (!isOfResults) {
            return Optional.empty();
        }
        List<Expr> arguments = new ArrayList<>();
        for (View v : map.inputs()) {
            View of = MapCode.leading(v, rank);
            int result = result(of);
            if (result >= 0) {
                arguments.add(reduce.epilogue().get(result));
            } else if (reduce.outputs().stream().anyMatch(r -> r.buffer() == v.buffer())) {
                return Optional.empty();
            } else {
                arguments.add(Expr.arg(reduce.reducer().states() + operands.size(), v.dtype()));
                operands.add(of);
            }
        }
        List<Expr> epilogue = new ArrayList<>(reduce.epilogue());
        map.exprs().forEach(e -> epilogue.add(Substitution.of(e, a -> arguments.get(a.index()))));
        List<View> outputs = new ArrayList<>(reduce.outputs());
        map.outputs().forEach(v -> outputs.add(MapCode.leading(v, rank)));
        return Optional.of(new Kernel.Reduce(
                reduce.operands(),
                reduce.reducedRank(),
                reduce.prologue(),
                reduce.reducer(),
                operands,
                epilogue,
                outputs));
    }

    /// Which of the results is read as it is, at the same place; −1 for none.
    private int result(View of) {
        int found = reduce.outputs().indexOf(of);
        return found >= 0 && of.dtype().computeType() == of.dtype() ? found : -1;
    }
}
