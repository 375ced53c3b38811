package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.plain.ShortRowTurns;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the first extreme of each of many rows of at most 16 floats is: rows are turned into columns, whose extremes
/// are found together, then met by each column from the last to the first, which leaves its number where it is equal. A
/// NaN is the extreme of its row and equal to none, so it is asked for. A unit is a band of rows.
final class ShortArgStep implements Step {
    /// Of fewer rows each is looked at for itself.
    private static final int LEAST_ROWS = 16;

    /// Rows of a unit: columns and lanes stay in a first-level cache.
    private static final int WIDTH = 256;

    private static final int ROOM = Reducer.LANES * WIDTH;

    /// Scratch arrays.
    private static final int COLUMNS = 0;

    private static final int LANES = 1;
    private static final int PLACES = 2;

    private static final Access EACH = new Access(DType.F32, false);
    private static final Access ONCE = new Access(DType.F32, true);

    private static final float[] NUMBERS = numbers();

    private final Nest rows;
    private final Nest results;
    private final View input;
    private final View output;
    private final int length;
    private final Transposer transposer;
    private final MapKernel extreme;
    private final MapKernel place;

    private ShortArgStep(
            Kernel.Reduce kernel, Nest rows, Nest results, Transposer transposer, MapKernel extreme, MapKernel place) {
        this.rows = rows;
        this.results = results;
        this.input = kernel.operands().getFirst();
        this.output = kernel.outputs().getFirst();
        this.length = input.dim(input.rank() - 1);
        this.transposer = transposer;
        this.extreme = extreme;
        this.place = place;
    }

    private static float[] numbers() {
        float[] numbers = new float[Reducer.LANES];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i;
        }
        return numbers;
    }

    /// Empty where `kernel` is something else, rows do not lie so, or it could not be fast from its first call on.
    static Optional<Step> of(Kernel.Reduce kernel, Generator generator, Transposer transposer) {
        boolean isMax = kernel.reducer() == Reducer.ARG_MAX_FIRST;
        View x = kernel.operands().getFirst();
        int last = x.rank() - 1;
        boolean fits = generator.assembles()
                && (isMax || kernel.reducer() == Reducer.ARG_MIN_FIRST)
                && kernel.prologue().equals(Expr.arg(0, DType.F32))
                && kernel.epilogue().equals(List.of(Expr.arg(0, DType.I64)))
                && kernel.reducedRank() == 1
                && x.dim(last) >= 1
                && x.dim(last) <= Reducer.LANES
                && (x.stride(last) == 1 || x.dim(last) == 1);
        if (!fits) {
            return Optional.empty();
        }
        View output = kernel.outputs().getFirst();
        Nest rows = ReduceForm.kept(kernel);
        Nest results = Nest.of(output.dims(), List.of(output));
        if (rows.rank() != 1 || results.rank() != 1 || rows.length() < LEAST_ROWS || rows.innerStride(0) <= 0) {
            return Optional.empty();
        }
        BinaryFn fn = isMax ? BinaryFn.MAX : BinaryFn.MIN;
        MapKernel extreme = generator
                .map(List.of(ColumnTree.both(fn, DType.F32)), ColumnTree.views(DType.F32))
                .ready();
        MapKernel place = place(generator);
        return extreme == null || place == null
                ? Optional.empty()
                : Optional.of(new ShortArgStep(kernel, rows, results, transposer, extreme, place));
    }

    /// Of an element, the extreme of its row, its own number and the place found so far: the place.
    private static @Nullable MapKernel place(Generator generator) {
        Expr element = Expr.arg(0, DType.F32);
        Expr number = Expr.arg(2, DType.F32);
        Expr before = Expr.arg(3, DType.F32);
        Expr unlessNaN = Expr.select(element.eq(Expr.arg(1, DType.F32)), number, before);
        Expr place = Expr.select(element.ne(element), number, unlessNaN);
        return generator
                .map(List.of(place), List.of(EACH, EACH, ONCE, EACH, EACH))
                .ready();
    }

    @Override
    public int units() {
        return Math.ceilDiv(rows.length(), WIDTH);
    }

    @Override
    public long nanosPerUnit() {
        return WIDTH * (1L + length / 4);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] x = workspace.floats(input.buffer());
        long[] y = (long[]) workspace.array(output.buffer());
        float[] columns = scratch.floats(COLUMNS, ROOM);
        float[] lanes = scratch.floats(LANES, ROOM);
        float[] places = scratch.floats(PLACES, WIDTH);
        for (int unit = from; unit < to; unit++) {
            int row = unit * WIDTH;
            int width = Math.min(WIDTH, rows.length() - row);
            ShortRowTurns.toColumns(transposer, x, rows.address(0, row), rows.innerStride(0), width, length, columns);
            System.arraycopy(columns, 0, lanes, 0, length * width);
            ColumnTree.fold(scratch, extreme, lanes, length, width);
            find(scratch, columns, lanes, places, width);
            int at = results.address(0, row);
            int step = results.innerStride(0);
            for (int i = 0; i < width; i++) {
                y[at + i * step] = (long) places[i];
            }
        }
    }

    /// From the last column to the first.
    private void find(Scratch scratch, float[] columns, float[] extremes, float[] places, int width) {
        Operands operands = Operands.of(scratch, 5);
        operands.set(0, columns);
        operands.set(1, extremes);
        operands.set(2, NUMBERS);
        operands.set(3, places);
        operands.set(4, places);
        int[] at = operands.at();
        int[] step = operands.step();
        Arrays.fill(at, 0, 5, 0);
        Arrays.fill(step, 0, 5, 0);
        at[0] = (length - 1) * width;
        at[2] = length - 1;
        step[0] = -width;
        step[2] = -1;
        place.run(operands, length, width);
    }
}
