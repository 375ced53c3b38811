package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.CopyStep;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.RowShares;
import dev.quern.cpu.plain.Shares;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A product whose rows become shares of 1 and are multiplied again, softmax(Q·Kᵀ)·V, told by its kernels: scores,
/// their statistics, shares, the mix of values and, it may be, a copy that only moves what comes out. What an
/// [AttentionStep] does at once.
public final class Attention implements Kernel.Claimed {
    private final List<View> operands;
    private final View output;
    private final @Nullable Ending ending;
    private final RowShares shares;
    private final @Nullable Ending ofMix;

    /// @param operands queries, keys, values and, it may be, a mask
    private Attention(
            List<View> operands, View output, @Nullable Ending ending, RowShares shares, @Nullable Ending ofMix) {
        this.operands = operands;
        this.output = output;
        this.ending = ending;
        this.shares = shares;
        this.ofMix = ofMix;
    }

    /// The attention that four kernels are, one after another, or nothing. Whoever asks has seen to it that nobody else
    /// reads what they hand to each other.
    public static Optional<Attention> of(
            Kernel first, Kernel second, Kernel third, Kernel fourth, BlockKernel blocks, Elementwise elementwise) {
        if (!(first instanceof Kernel.Contract scores)
                || !(fourth instanceof Kernel.Contract mix)
                || !blocks.readsRows()
                || !Products.fits(scores)
                || !Products.fits(mix)
                || mix.output().dtype() != DType.F32
                || !mix.epilogueOperands().isEmpty()) {
            return Optional.empty();
        }
        View x = scores.output();
        return Shares.of(second, third, x.dim(x.rank() - 2), elementwise)
                .filter(shares -> x.dtype() == DType.F32 && shares.areOf(x) && shares.become(mix.a()))
                .flatMap(shares -> of(scores, mix, shares.rows(), blocks));
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
                : Optional.of(new Attention(
                        mask == null
                                ? List.of(scores.a(), scores.b(), mix.b())
                                : List.of(scores.a(), scores.b(), mix.b(), mask),
                        output,
                        ending,
                        shares,
                        ofMix));
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
        return Optional.of(new Attention(operands, moved, ending, shares, ofMix));
    }

    @Override
    public String name() {
        return "Attention";
    }

    /// This as the kernel of a program.
    public Kernel kernel() {
        return new Kernel.Native(this, operands, List.of(output));
    }

    /// The attention that `kernel` is, whose views may be on other buffers by now.
    public Attention of(Kernel.Native kernel) {
        return new Attention(kernel.inputs(), kernel.outputs().getFirst(), ending, shares, ofMix);
    }

    /// [batch…, rows, depth].
    Matrices queries() {
        return Matrices.ofA(operands.get(0));
    }

    /// [batch…, depth, keys].
    Matrices keys() {
        return Matrices.ofB(operands.get(1));
    }

    /// [batch…, keys, width].
    Matrices values() {
        return Matrices.ofB(operands.get(2));
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
        return operands.size() > 3 ? Matrices.ofA(operands.get(3)) : null;
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
