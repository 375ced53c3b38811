package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.RowShares;
import dev.quern.cpu.plain.ShortRowTurns;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Shares of rows of at most 16 numbers, many rows at once: they are turned into columns, whose lanes are those of
/// [Reducer], and back. The same bits as row by row.
final class ShortShares implements RowShares {
    /// Of fewer rows each is taken for itself.
    static final int LEAST_ROWS = 16;

    /// The most rows at once: columns and lanes stay in a first-level cache.
    private static final int WIDTH = 256;

    private static final int ROOM = Reducer.LANES * WIDTH;

    private final Transposer transposer;
    private final MapKernel max;
    private final MapKernel exponentials;
    private final MapKernel sum;
    private final MapKernel division;

    private ShortShares(
            Transposer transposer, MapKernel max, MapKernel exponentials, MapKernel sum, MapKernel division) {
        this.transposer = transposer;
        this.max = max;
        this.exponentials = exponentials;
        this.sum = sum;
        this.division = division;
    }

    /// @param exponential of a number, argument 0, and the maximum of its row, argument 1
    /// @param share of an exponential, argument 0, and the sum of its row, argument 1
    static Optional<RowShares> of(Expr exponential, Expr share, Generator generator, Transposer transposer) {
        MapKernel max = map(ColumnTree.both(BinaryFn.MAX, DType.F32), generator);
        MapKernel exponentials = map(exponential, generator);
        MapKernel sum = map(ColumnTree.both(BinaryFn.ADD, DType.F32), generator);
        MapKernel division = map(share, generator);
        return max == null || exponentials == null || sum == null || division == null
                ? Optional.empty()
                : Optional.of(new ShortShares(transposer, max, exponentials, sum, division));
    }

    private static @Nullable MapKernel map(Expr expr, Generator generator) {
        return generator.map(List.of(expr), ColumnTree.views(DType.F32)).ready();
    }

    @Override
    public void run(Scratch scratch, int base, float[] values, int at, int step, int rows, int n) {
        float[] columns = scratch.floats(base, ROOM);
        float[] lanes = scratch.floats(base + 1, ROOM);
        for (int row = 0; row < rows; row += WIDTH) {
            int width = Math.min(WIDTH, rows - row);
            int from = at + row * step;
            ShortRowTurns.toColumns(transposer, values, from, step, width, n, columns);
            withEach(scratch, max, exponentials, columns, lanes, n, width);
            withEach(scratch, sum, division, columns, lanes, n, width);
            ShortRowTurns.toRows(transposer, columns, width, n, values, from, step);
        }
    }

    /// Has every element meet what all of its row give by `tree`.
    private static void withEach(
            Scratch scratch, MapKernel tree, MapKernel kernel, float[] columns, float[] lanes, int n, int width) {
        System.arraycopy(columns, 0, lanes, 0, n * width);
        ColumnTree.fold(scratch, tree, lanes, n, width);
        Operands operands = Operands.of(scratch, 3);
        operands.set(0, columns);
        operands.set(1, lanes);
        operands.set(2, columns);
        for (int v = 0; v < 3; v++) {
            operands.at()[v] = 0;
            operands.step()[v] = v == 1 ? 0 : width;
        }
        kernel.run(operands, n, width);
    }
}
