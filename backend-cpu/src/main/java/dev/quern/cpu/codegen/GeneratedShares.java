package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.RowShares;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The passes of [dev.quern.kernel.Reducer#MAX_SUM_EXP] over rows, with the exponentials kept where the numbers were,
/// so that each is computed once, then divided by their sum: the same bits as those of the reduction and of the Map
/// that follows it in a program.
final class GeneratedShares implements RowShares {
    private static final Access EACH = new Access(DType.F32, false);
    private static final Access ONCE = new Access(DType.F32, true);

    private final FoldKernel max;
    private final MapKernel exponentials;
    private final FoldKernel sum;
    private final MapKernel division;

    private GeneratedShares(FoldKernel max, MapKernel exponentials, FoldKernel sum, MapKernel division) {
        this.max = max;
        this.exponentials = exponentials;
        this.sum = sum;
        this.division = division;
    }

    /// @param atOnce how many rows a call will have
    /// @param share of an exponential, argument 0, and the sum of its row, argument 1
    static Optional<RowShares> of(
            Kernel.Reduce statistics, int atOnce, Expr share, Generator generator, Transposer transposer) {
        Expr x = Expr.arg(0, DType.F32);
        View operand = statistics.operands().getFirst();
        int length = operand.dim(operand.rank() - 1);
        boolean fits = generator.assembles()
                && statistics.reducer() == Reducer.MAX_SUM_EXP
                && statistics.reducedRank() == 1
                && length <= FoldAssembler.MOST
                && statistics.prologue().equals(x);
        if (!fits) {
            return Optional.empty();
        }
        List<Pass> passes = Pass.of(statistics);
        Pass summed = passes.getLast();
        if (length <= Reducer.LANES && atOnce >= ShortShares.LEAST_ROWS) {
            return ShortShares.of(summed.element(), share, generator, transposer);
        }
        FoldKernel max = generator.fold(passes.getFirst(), List.of(EACH), true).ready();
        MapKernel exponentials = map(summed.element(), generator);
        FoldKernel sum = generator
                .fold(new Pass(summed.fn(), x, false), List.of(EACH), true)
                .ready();
        MapKernel division = map(share, generator);
        return max == null || exponentials == null || sum == null || division == null
                ? Optional.empty()
                : Optional.of(new GeneratedShares(max, exponentials, sum, division));
    }

    /// A Map of each number and of one that belongs to its row.
    private static @Nullable MapKernel map(Expr expr, Generator generator) {
        return generator.map(List.of(expr), List.of(EACH, ONCE, EACH)).ready();
    }

    @Override
    public void run(Scratch scratch, int base, float[] values, int at, int step, int rows, int n) {
        float[] most = scratch.floats(base, rows);
        float[] sums = scratch.floats(base + 1, rows);
        float[] lanes = scratch.floats(base + 2, Reducer.LANES);
        Operands operands = Operands.of(scratch, 3);
        int[] begin = operands.at();
        int[] next = operands.step();
        begin[0] = at;
        begin[1] = 0;
        begin[2] = at;
        next[0] = step;
        next[1] = 1;
        next[2] = step;
        operands.between()[0] = 0;
        operands.set(0, values);
        operands.set(2, values);
        max.run(operands, rows, 1, n, lanes, most, 0);
        operands.set(1, most);
        exponentials.run(operands, rows, n);
        sum.run(operands, rows, 1, n, lanes, sums, 0);
        operands.set(1, sums);
        division.run(operands, rows, n);
    }
}
