package dev.quern.cpu;

import dev.quern.cpu.gemm.PixelProduct;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Has reductions whose order does not matter go through their elements as these lie, so that they meet long rows
/// where channels have become neighbours too.
final class FreeOrder {
    private FreeOrder() {}

    static Kernel.Reduce in(Kernel.Reduce k) {
        boolean free = switch (k.reducer()) {
            case MIN, MAX, AND, OR -> true;
            case SUM, PRODUCT, MEAN_VARIANCE, MAX_SUM_EXP -> false;
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST -> false;
        };
        if (!free || k.reducedRank() < 2 || PixelProduct.asksForPlaces(k.prologue())) {
            return k;
        }
        View first = k.operands().getFirst();
        int kept = first.rank() - k.reducedRank();
        IntStream asTheyLie = IntStream.range(kept, first.rank())
                .boxed()
                .sorted(Comparator.comparingInt(axis -> -Math.abs(first.stride(axis))))
                .mapToInt(axis -> axis);
        int[] order = IntStream.concat(IntStream.range(0, kept), asTheyLie).toArray();
        return new Kernel.Reduce(
                k.operands().stream().map(v -> v.permute(order)).toList(),
                k.reducedRank(),
                k.prologue(),
                k.reducer(),
                k.epilogueOperands(),
                k.epilogue(),
                k.outputs());
    }
}
