package dev.quern.cpu.plain;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Rows of numbers that become shares of 1, softmax, told by its kernels: statistics of rows, and a Map of each number
/// with those of its row. What a [SharesStep] does at once, so that each exponential is computed once.
public final class Shares implements Kernel.Claimed {
    private static final Expr EXPONENTIAL =
            Expr.arg(0, DType.F32).minus(Expr.arg(1, DType.F32)).exp();

    private final View input;
    private final View output;
    private final RowShares rows;

    private Shares(View input, View output, RowShares rows) {
        this.input = input;
        this.output = output;
        this.rows = rows;
    }

    /// The shares that two kernels are, one after the other, or nothing. Whoever asks has seen to it that nobody else
    /// reads the statistics.
    ///
    /// @param atOnce the most rows that will be worked on together
    public static Optional<Shares> of(Kernel first, Kernel second, int atOnce, Elementwise elementwise) {
        if (!(first instanceof Kernel.Reduce statistics)
                || !(second instanceof Kernel.Map shares)
                || !areShares(statistics, shares)) {
            return Optional.empty();
        }
        Expr share = ofExponential(shares.exprs().getFirst());
        View x = shares.inputs().getFirst();
        View y = shares.outputs().getFirst();
        return share == null
                ? Optional.empty()
                : elementwise
                        .shares(
                                statistics,
                                Math.min(atOnce, statistics.outputs().getFirst().length()),
                                share)
                        .map(rows -> new Shares(x, y, rows));
    }

    private static boolean areShares(Kernel.Reduce statistics, Kernel.Map shares) {
        return statistics.reducer() == Reducer.MAX_SUM_EXP
                && statistics.reducedRank() == 1
                && statistics.operands().size() == 1
                && statistics.prologue().equals(Expr.arg(0, DType.F32))
                && statistics.epilogue().equals(List.of(Expr.arg(0, DType.F32), Expr.arg(1, DType.F32)))
                && shares.exprs().size() == 1
                && shares.inputs().size() == 3
                && areSame(shares.inputs().getFirst(), statistics.operands().getFirst())
                && isRepeated(shares.inputs().get(1), statistics.outputs().getFirst())
                && isRepeated(shares.inputs().get(2), statistics.outputs().getLast())
                && shares.outputs().getFirst().dtype() == DType.F32;
    }

    /// `expr` of a number, the maximum and the sum of its row as one of the exponential of the first two and of the
    /// sum, or `null` where it asks for more.
    private static @Nullable Expr ofExponential(Expr expr) {
        if (expr.equals(EXPONENTIAL)) {
            return Expr.arg(0, DType.F32);
        }
        if (expr instanceof Expr.Arg(int index, DType type)) {
            return index == 2 ? Expr.arg(1, type) : null;
        }
        List<Expr> operands = new ArrayList<>();
        for (Expr operand : expr.operands()) {
            Expr known = ofExponential(operand);
            if (known == null) {
                return null;
            }
            operands.add(known);
        }
        return expr instanceof Expr.Index ? null : expr.withOperands(operands);
    }

    /// Whether two views show the same elements in the same order.
    private static boolean areSame(View a, View b) {
        View alike = a.length() == b.length() ? a.reshape(b.dims()) : null;
        return alike != null
                && a.buffer() == b.buffer()
                && a.dtype() == b.dtype()
                && a.offset() == b.offset()
                && standAlike(alike, b);
    }

    /// Whether the first axes of `a`, as many as `b` has, lie like those of `b`.
    private static boolean standAlike(View a, View b) {
        return IntStream.range(0, b.rank())
                .allMatch(axis -> a.dim(axis) == b.dim(axis) && (a.dim(axis) == 1 || a.stride(axis) == b.stride(axis)));
    }

    /// Whether `view` shows each element of `statistic` along a last axis.
    private static boolean isRepeated(View view, View statistic) {
        int rank = statistic.rank();
        return view.buffer() == statistic.buffer()
                && statistic.dtype() == DType.F32
                && view.offset() == statistic.offset()
                && view.rank() == rank + 1
                && (view.dim(rank) == 1 || view.stride(rank) == 0)
                && standAlike(view, statistic);
    }

    /// Whether the numbers are those of `view`.
    public boolean areOf(View view) {
        return areSame(input, view);
    }

    /// Whether the shares are what `view` shows.
    public boolean become(View view) {
        return areSame(output, view);
    }

    /// What does it row by row.
    public RowShares rows() {
        return rows;
    }

    /// Whether numbers and shares of a row are neighbours.
    public boolean haveRows() {
        return hasRows(input) && hasRows(output);
    }

    private static boolean hasRows(View view) {
        int last = view.rank() - 1;
        return view.length() > 0
                && (view.stride(last) == 1 || view.dim(last) == 1)
                && IntStream.of(view.strides()).allMatch(stride -> stride >= 0);
    }

    @Override
    public String name() {
        return "Softmax";
    }

    /// This as the kernel of a program, from numbers to shares, both [rows…, numbers].
    public Kernel kernel() {
        return new Kernel.Native(this, List.of(input), List.of(output));
    }
}
