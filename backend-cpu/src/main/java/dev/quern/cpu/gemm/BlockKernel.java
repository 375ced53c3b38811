package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import java.util.List;
import java.util.Optional;

/// Multiplies panels into a block of sums.
public interface BlockKernel {

    /// How operands are packed for it.
    Tile tile();

    /// The way to bring operands there.
    default Packing packing() {
        return new Panels(tile());
    }

    /// Whether it also takes operands as they are stored, row by row.
    default boolean readsRows() {
        return false;
    }

    /// Whether operand A may also be gathered, beside a packed B.
    default boolean gathersLines() {
        return false;
    }

    /// Whether the columns may also end with half a panel.
    default boolean takesHalfPanels() {
        return false;
    }

    /// Whether the rows of a panel are stored in ascending order, so that a later one may be written over what an
    /// earlier one has written beyond its end.
    default boolean storesRowsInOrder() {
        return false;
    }

    /// A form of an epilogue that is applied before sums are stored, where there is one.
    ///
    /// @param expr argument 0 is the sum, argument k + 1 operand k
    default Optional<Ending> ending(Expr expr, List<Ending.Operand> operands) {
        return Optional.empty();
    }

    /// Values of p between two visits of a tile: with them, a panel of B and one of A fit into the caches.
    default int kBlock() {
        return 1024;
    }

    /// Columns that a block is to have at least, where the product has as many.
    default int leastColumns() {
        return tile().columns();
    }

    /// The kernels of products of 8-bit integers that go with this one, where there are any.
    default Optional<PairKernels> pairs() {
        return Optional.empty();
    }

    /// Told that blocks of this many rows will be multiplied.
    default void prepare(int rows) {}

    /// `c[i][j] += Σ a[i][p] · b[p][j]` for a range of `k` values of p, ascending, by fused multiply-add; the sums
    /// start at 0 where `first`.
    ///
    /// @param columns a multiple of the width of a panel, or [half of it][#takesHalfPanels]
    /// @param kFrom the first p; earlier ones are in the sums already
    void multiply(Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c);
}
