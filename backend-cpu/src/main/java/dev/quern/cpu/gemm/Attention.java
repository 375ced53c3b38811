package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.CopyStep;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.RowShares;
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

/// A product whose rows become shares of 1 and are multiplied again, softmax(Q·Kᵀ)·V, told by its kernels: scores,
/// their statistics, shares, the mix of values and, it may be, a copy that only moves what comes out. What an
/// [AttentionStep] does at once.
public final class Attention implements Kernel.Claimed {
    private static final Expr EXPONENTIAL =
            Expr.arg(0, DType.F32).minus(Expr.arg(1, DType.F32)).exp();

    private final Kernel.Contract scores;
    private final Kernel.Contract mix;
    private final View output;
    private final @Nullable Ending ending;
    private final @Nullable View mask;
    private final RowShares shares;
    private final @Nullable Ending ofMix;

    private Attention(
            Kernel.Contract scores,
            Kernel.Contract mix,
            View output,
            @Nullable Ending ending,
            @Nullable View mask,
            RowShares shares,
            @Nullable Ending ofMix) {
        this.scores = scores;
        this.mix = mix;
        this.output = output;
        this.ending = ending;
        this.mask = mask;
        this.shares = shares;
        this.ofMix = ofMix;
    }

    /// The attention that four kernels are, one after another, or nothing. Whoever asks has seen to it that nobody else
    /// reads what they hand to each other.
    public static Optional<Attention> of(
            Kernel first, Kernel second, Kernel third, Kernel fourth, BlockKernel blocks, Elementwise elementwise) {
        return first instanceof Kernel.Contract scores
                        && second instanceof Kernel.Reduce statistics
                        && third instanceof Kernel.Map shares
                        && fourth instanceof Kernel.Contract mix
                        && blocks.readsRows()
                        && isChain(scores, statistics, shares, mix)
                ? Optional.ofNullable(ofExponential(shares.exprs().getFirst()))
                        .flatMap(share -> elementwise.shares(statistics, share))
                        .flatMap(rows -> of(scores, mix, rows, blocks))
                : Optional.empty();
    }

    private static Optional<Attention> of(
            Kernel.Contract scores, Kernel.Contract mix, RowShares shares, BlockKernel blocks) {
        View output = mix.output();
        int last = output.rank() - 1;
        if (output.stride(last) != 1 || output.dim(last) % ProductStep.width(blocks) != 0 || output.length() == 0) {
            return Optional.empty();
        }
        if (scores.epilogueOperands().size() > 1 || scores.output().length() == 0) {
            return Optional.empty();
        }
        View mask = scores.epilogueOperands().isEmpty()
                ? null
                : scores.epilogueOperands().getFirst();
        Ending.Operand kind = mask == null ? null : kindOf(mask);
        boolean plain = isSum(scores.epilogue());
        Ending ending = plain || (mask != null && kind == null)
                ? null
                : blocks.ending(scores.epilogue(), kind == null ? List.of() : List.of(kind))
                        .orElse(null);
        Ending ofMix = isSum(mix.epilogue())
                ? null
                : blocks.ending(mix.epilogue(), List.of()).orElse(null);
        return (ending == null && !plain) || (ofMix == null && !isSum(mix.epilogue()))
                ? Optional.empty()
                : Optional.of(new Attention(scores, mix, output, ending, mask, shares, ofMix));
    }

    private static boolean isSum(Expr epilogue) {
        return epilogue.equals(Expr.arg(0, DType.F32));
    }

    /// How a mask lies beside blocks of scores, or `null` where a tile could not read it.
    private static Ending.@Nullable Operand kindOf(View mask) {
        int last = mask.rank() - 1;
        if (mask.dtype() != DType.F32 || mask.stride(last) != 1) {
            return null;
        }
        return mask.stride(last - 1) == 0 || mask.dim(last - 1) == 1 ? Ending.Operand.COLUMN : Ending.Operand.ELEMENT;
    }

    /// `expr` of a score, the maximum and the sum of its row as one of the exponential of the first two and of the sum,
    /// or `null` where it asks for more.
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

    private static boolean isChain(
            Kernel.Contract scores, Kernel.Reduce statistics, Kernel.Map shares, Kernel.Contract mix) {
        View x = scores.output();
        return Products.fits(scores)
                && Products.fits(mix)
                && x.dtype() == DType.F32
                && mix.output().dtype() == DType.F32
                && mix.epilogueOperands().isEmpty()
                && statistics.reducer() == Reducer.MAX_SUM_EXP
                && statistics.reducedRank() == 1
                && statistics.operands().size() == 1
                && areSame(statistics.operands().getFirst(), x)
                && statistics.epilogue().equals(List.of(Expr.arg(0, DType.F32), Expr.arg(1, DType.F32)))
                && shares.exprs().size() == 1
                && shares.inputs().size() == 3
                && areSame(shares.inputs().getFirst(), x)
                && isRepeated(shares.inputs().get(1), statistics.outputs().getFirst())
                && isRepeated(shares.inputs().get(2), statistics.outputs().getLast())
                && shares.outputs().getFirst().dtype() == DType.F32
                && areSame(shares.outputs().getFirst(), mix.a());
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

    /// The same, with its result where `copy`, which reads nothing else, puts it; or nothing where `copy` does more or
    /// does not leave rows in order.
    public Optional<Attention> through(Kernel copy) {
        if (!(copy instanceof Kernel.Map map) || !CopyStep.fits(map)) {
            return Optional.empty();
        }
        View from = map.inputs().get(CopyStep.source(map));
        View to = map.outputs().getFirst();
        if (from.buffer() != output.buffer() || from.length() != output.length() || from.offset() != output.offset()) {
            return Optional.empty();
        }
        int[] strides = new int[output.rank()];
        for (int axis = 0; axis < strides.length; axis++) {
            int own = axis;
            int[] same = IntStream.range(0, from.rank())
                    .filter(a -> from.dim(a) == output.dim(own) && from.stride(a) == output.stride(own))
                    .toArray();
            if (output.dim(axis) > 1 && same.length != 1) {
                return Optional.empty();
            }
            strides[axis] = output.dim(axis) > 1 ? to.stride(same[0]) : 0;
        }
        if (strides[strides.length - 1] != 1) {
            return Optional.empty();
        }
        View moved = View.of(to.buffer(), to.dtype(), to.offset(), output.dims(), strides);
        return Optional.of(new Attention(scores, mix, moved, ending, mask, shares, ofMix));
    }

    @Override
    public String name() {
        return "Attention";
    }

    /// This as the kernel of a program.
    public Kernel kernel() {
        List<View> inputs = mask == null
                ? List.of(scores.a(), scores.b(), mix.b())
                : List.of(scores.a(), scores.b(), mix.b(), mask);
        return new Kernel.Native(this, inputs, List.of(output));
    }

    /// [batch…, rows, depth].
    Matrices queries() {
        return Matrices.ofA(scores.a());
    }

    /// [batch…, depth, keys].
    Matrices keys() {
        return Matrices.ofB(scores.b());
    }

    /// [batch…, keys, width].
    Matrices values() {
        return Matrices.ofB(mix.b());
    }

    /// [batch…, rows, width].
    Matrices output() {
        return Matrices.ofA(output);
    }

    /// What happens to scores before they become shares, or `null`.
    @Nullable
    Ending ending() {
        return ending;
    }

    /// The operand of the ending, [batch…, rows, keys], or `null`.
    @Nullable
    Matrices mask() {
        return mask == null ? null : Matrices.ofA(mask);
    }

    RowShares shares() {
        return shares;
    }

    /// What happens to the mix of values, or `null`.
    @Nullable
    Ending ofMix() {
        return ofMix;
    }
}
