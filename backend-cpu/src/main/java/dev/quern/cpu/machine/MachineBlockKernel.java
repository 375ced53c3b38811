package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Gathering;
import dev.quern.cpu.gemm.Packing;
import dev.quern.cpu.gemm.PairKernels;
import dev.quern.cpu.gemm.RowOffsets;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The machine-code form of block products, of floats or of pairs of 16-bit integers: full speed from the first call.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineBlockKernel implements BlockKernel {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final Tile TILE = Tile.DEFAULT;

    /// Products in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final long MOST_WORK = 1_000_000;

    private static final long FLOAT = Float.BYTES;

    /// What is passed for the offsets of rows that are not scattered.
    private static final long[] NO_OFFSETS = new long[1];

    /// What is passed for the constants of an ending that there is not.
    private static final int[] NO_CONSTANTS = new int[1];

    /// The function of [TileLoop], with an ending or without one, which looks at fewer of these. It blocks on
    /// nothing and calls nothing back, hence *critical*; so arrays are passed as they lie on the heap.
    private static final MethodHandle TILES = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ADDRESS, ADDRESS, ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,
                            LONG, LONG, LONG, LONG, ADDRESS, ADDRESS, ADDRESS, LONG, LONG, LONG),
                    Linker.Option.critical(true));

    /// The forms of an operand.
    private static final int FORMS = 4;

    private static final int MOST_PANELS = 4;

    /// Tiles that ask for the next panels while they are multiplied: the first ones of a column, so that little of
    /// the second-level cache is taken long before it is needed.
    private static final int TILES_AHEAD = 4;

    private static final int MOST_AHEAD = 4;

    /// So many elements of B stay in the first-level cache: nothing to ask for.
    private static final int NEAR = 8192;

    /// Cache lines of a panel for four values of k.
    private static final int LINES = 4;

    /// The functions of one ending written so far. Two threads may write the same one; either will do.
    static final class Functions {
        private final Arithmetic arithmetic;
        private final VectorSet set;
        private final @Nullable MachineEnding ending;

        /// By rows.
        private final @Nullable MemorySegment[][] known =
                new MemorySegment[TILE.rows() + 1][(MOST_PANELS + 1) * FORMS * FORMS * (MOST_AHEAD + 1)];

        Functions(Arithmetic arithmetic, VectorSet set, @Nullable MachineEnding ending) {
            this.arithmetic = arithmetic;
            this.set = set;
            this.ending = ending;
        }

        MemorySegment function(int rows, int panels, Factor.Form formA, Factor.Form formB, int linesAhead) {
            int number = ((linesAhead * (MOST_PANELS + 1) + panels) * FORMS + number(formA)) * FORMS + number(formB);
            MemorySegment found = known[rows][number];
            if (found == null) {
                found = CodePages.executable(
                        new TileLoop(rows, panels, formA, formB, arithmetic, set, linesAhead, ending).write());
                known[rows][number] = found;
            }
            return found;
        }
    }

    private final VectorSet set = MachineCode.vectors();

    private final Packing packing = new MachinePacking();
    private final Arithmetic arithmetic;
    private final Functions functions;
    private final @Nullable MachinePairs pairs;
    private final MachineEndings endings;

    /// Products of floats, and those of pairs beside them.
    ///
    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineBlockKernel() {
        this(Arithmetic.FLOATS, true);
    }

    /// @param withPairs whether it also knows the kernels of pairs
    MachineBlockKernel(Arithmetic arithmetic, boolean withPairs) {
        this.arithmetic = arithmetic;
        this.functions = new Functions(arithmetic, set, null);
        this.endings = new MachineEndings(set, EndOfTile.free(set), arithmetic);
        this.pairs = withPairs ? new MachinePairs() : null;
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
    }

    @Override
    public Tile tile() {
        return TILE;
    }

    @Override
    public Packing packing() {
        return packing;
    }

    @Override
    public boolean readsRows() {
        return true;
    }

    @Override
    public boolean gathersLines() {
        return true;
    }

    @Override
    public boolean takesHalfPanels() {
        return !set.isWide();
    }

    @Override
    public boolean storesRowsInOrder() {
        return true;
    }

    @Override
    public Optional<Ending> ending(Expr expr, List<Ending.Operand> operands) {
        return endings.of(expr, operands);
    }

    @Override
    public Optional<PairKernels> pairs() {
        return Optional.ofNullable(pairs);
    }

    /// Sums of pairs are finished in one visit.
    @Override
    public int kBlock() {
        return arithmetic == Arithmetic.FLOATS ? BlockKernel.super.kBlock() : Integer.MAX_VALUE;
    }

    /// The most panels side by side for a tile of so many rows: enough sums to keep the multipliers busy.
    private int side(int rows) {
        if (set.isWide()) {
            return MOST_PANELS;
        }
        return switch (rows) {
            case 1 -> 4;
            case 2 -> 2;
            case 3 -> arithmetic == Arithmetic.FLOATS ? 2 : 1;
            default -> 1;
        };
    }

    private static int number(Factor.Form form) {
        return switch (form) {
            case PACKED -> 0;
            case ROWS -> 1;
            case SCATTERED -> 2;
            case GATHERED -> 3;
        };
    }

    /// Many rows are walked down within a call, some panels at a time; those that fill no tile are walked along.
    @Override
    public void multiply(
            Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
        if (arithmetic == Arithmetic.PAIRS_TO_FLOATS && !first) {
            throw new IllegalArgumentException("sums that are floats cannot be continued");
        }
        Call call = scratch.kept(Scratch.CALL, Call.class, Call::new).set(scratch, a, b, kFrom, k, first, c);
        int height = TILE.rows();
        int width = TILE.columns();
        int panels = columns / width;
        // rows that are read as they lie may be shared out evenly: no rest that reads all of B once more
        int lower = a.form() == Factor.Form.ROWS ? lowerTiles(rows) : 0;
        int whole = (rows - lower * (height - 1)) / height;
        // even groups: a single panel beside wide ones would be slow
        int groups = whole + lower == 0 ? 0 : Math.ceilDiv(panels, side(height));
        for (int group = 0; group < groups; group++) {
            int from = group * panels / groups;
            int abreast = (group + 1) * panels / groups - from;
            down(call, height, abreast, 0, whole, from, columns);
            down(call, height - 1, abreast, whole * height, lower, from, columns);
        }
        int rest = rows - whole * height - lower * (height - 1);
        if (rest > 0) {
            along(call, rows - rest, rest, side(rest), panels);
        }
        if (columns % width != 0) {
            half(call, rows, panels * width);
        }
    }

    /// How many tiles are to be a row lower than the others, so that all rows lie in tiles; 0 where they cannot.
    private static int lowerTiles(int rows) {
        int height = TILE.rows();
        int lower = (height - rows % height) % height;
        return rows > height && lower * (height - 1) <= rows ? lower : 0;
    }

    /// `tiles` tiles below each other; the first ones of a column of tiles ask for the next panels.
    private void down(Call call, int height, int abreast, int row, int tiles, int panel, int columns) {
        int column = panel * TILE.columns();
        int atOnce = Math.min(tiles, atOnce(height, abreast * TILE.columns(), call.k));
        int done = 0;
        if (row == 0 && call.mayAskAhead(abreast, columns)) {
            done = Math.min(atOnce, TILES_AHEAD);
            if (done > 0) {
                call.linesAhead = Math.clamp(Math.ceilDiv(LINES * abreast, done), 1, MOST_AHEAD);
                tiles(call, height, abreast, 0, column, done, true);
                call.linesAhead = 0;
            }
        }
        for (; done < tiles; done += atOnce) {
            tiles(call, height, abreast, row + done * height, column, Math.min(atOnce, tiles - done), true);
        }
    }

    /// The half panel at the end.
    private void half(Call call, int rows, int column) {
        int height = TILE.rows();
        int whole = rows / height;
        int atOnce = atOnce(height, TILE.columns(), call.k);
        for (int done = 0; done < whole; done += atOnce) {
            tiles(call, height, 0, done * height, column, Math.min(atOnce, whole - done), true);
        }
        if (rows % height > 0) {
            tiles(call, rows % height, 0, whole * height, column, 1, true);
        }
    }

    /// A few rows: as many panels abreast as suit, then those that are left.
    private void along(Call call, int row, int rows, int side, int panels) {
        int width = TILE.columns();
        int whole = panels / side;
        int atOnce = atOnce(rows, side * width, call.k);
        for (int done = 0; done < whole; done += atOnce) {
            tiles(call, rows, side, row, done * side * width, Math.min(atOnce, whole - done), false);
        }
        if (panels % side > 0) {
            tiles(call, rows, panels % side, row, whole * side * width, 1, false);
        }
    }

    /// Tiles in one call.
    private static int atOnce(int rows, int width, int k) {
        return Math.clamp(MOST_WORK / ((long) rows * width * Math.max(1, k)), 1, Integer.MAX_VALUE);
    }

    /// What the tiles of one block have in common.
    private static final class Call {
        private Factor a = new Factor();
        private Factor b = new Factor();
        private int kFrom;
        private int k;
        private boolean first;
        private Sums c = new Sums();
        private int[] constants = NO_CONSTANTS;

        /// For [TileLoop#linesAhead] of the next tiles.
        private int linesAhead;

        /// Whether panels of B lie one after the other, do not all stay near, and a register is left to say where the
        /// next are.
        boolean mayAskAhead(int abreast, int columns) {
            return (long) columns * k > NEAR
                    && b.form() == Factor.Form.PACKED
                    && (a.form() != Factor.Form.GATHERED || abreast < MOST_PANELS);
        }

        Call set(Scratch scratch, Factor a, Factor b, int kFrom, int k, boolean first, Sums c) {
            this.a = a;
            this.b = b;
            this.kFrom = kFrom;
            this.k = k;
            this.first = first;
            this.c = c;
            MachineEnding ending = (MachineEnding) c.ending();
            this.constants = ending == null ? NO_CONSTANTS : ending.constants(scratch, c.number());
            return this;
        }
    }

    /// `count` tiles below each other or side by side, after a look at the first and the last element of
    /// each array that they touch.
    private void tiles(Call call, int rows, int panels, int row, int column, int count, boolean down) {
        Factor a = call.a;
        Factor b = call.b;
        Sums c = call.c;
        int k = call.k;
        int width = panels == 0 ? TILE.columns() / 2 : panels * TILE.columns();
        RowOffsets offsets = b.offsets();
        long[] table = offsets == null ? NO_OFFSETS : offsets.array();
        long aAt = a.at();
        long aStep = a.step() * FLOAT;
        long aLength;
        long aTile;
        switch (a.form()) {
            case PACKED -> {
                aAt += (long) row * a.k() + (long) call.kFrom * rows;
                aLength = (long) k * rows;
                aTile = (long) a.k() * rows;
            }
            case ROWS -> {
                aAt += row * (long) a.step() + call.kFrom;
                aLength = (rows - 1L) * a.step() + k;
                aTile = (long) rows * a.step();
            }
            case GATHERED -> {
                Gathering lines = Objects.requireNonNull(a.gathering());
                Objects.checkFromIndexSize(call.kFrom, k, lines.k());
                Objects.checkFromIndexSize(a.step() + row, down ? rows * count : rows, lines.lines());
                table = lines.table();
                aLength = lines.greatest() + 1;
                aStep = (long) (lines.k() + a.step() + row) * Long.BYTES;
                aTile = 0;
            }
            default -> throw new AssertionError(a.form());
        }
        long aBetween = a.form() == Factor.Form.GATHERED ? (long) rows * Long.BYTES : aTile * FLOAT;
        if (!down) {
            aTile = 0;
            aBetween = 0;
        }
        long bStep = b.step();
        long bAt = (long) b.at() + column;
        long bLength;
        long bTile = down ? 0 : width;
        switch (b.form()) {
            case PACKED -> {
                bStep = (long) b.k() * TILE.columns();
                bAt = b.at() + (long) column * b.k() + (long) call.kFrom * TILE.columns();
                bLength = Math.max(0, panels - 1) * bStep + (long) k * TILE.columns();
                bTile = down ? 0 : panels * bStep;
            }
            case ROWS -> {
                bAt += call.kFrom * bStep;
                bLength = (k - 1) * bStep + width;
            }
            case SCATTERED -> {
                Objects.checkFromIndexSize(
                        call.kFrom, k, Objects.requireNonNull(offsets).count());
                bLength = offsets.greatest() + width;
            }
            default -> throw new AssertionError(b.form());
        }
        long cAt = c.at() + (long) row * c.step() + column;
        long cLength = (rows - 1L) * c.step() + width;
        long cTile = down ? (long) rows * c.step() : width;
        if (k < 0
                || call.kFrom < 0
                || row < 0
                || column < 0
                || count < 0
                || a.step() < 0
                || bStep < 0
                || c.step() < 0) {
            throw new IndexOutOfBoundsException("a negative distance in a product");
        }
        if (count == 0) {
            return;
        }
        if (k > 0) {
            Objects.checkFromIndexSize(aAt, (count - 1) * aTile + aLength, a.array().length);
            Objects.checkFromIndexSize(bAt, (count - 1) * bTile + bLength, b.array().length);
        }
        Objects.checkFromIndexSize(cAt, (count - 1) * cTile + cLength, c.array().length);
        boolean usesTable = offsets != null || a.form() == Factor.Form.GATHERED;
        MachineEnding ending = (MachineEnding) c.ending();
        if (ending != null) {
            if (ending.operands().contains(Ending.Operand.COLUMN)) {
                Objects.checkFromIndexSize(c.columnAt() + column, down ? width : count * width, c.columns().length);
            }
            if (ending.operands().contains(Ending.Operand.ELEMENT)) {
                long first = c.elementAt() + cAt - c.at();
                Objects.checkFromIndexSize(first, (count - 1) * cTile + cLength, c.elements().length);
            }
        }
        Functions of = ending == null ? functions : ending.tiles();
        try {
            TILES.invokeExact(
                    of.function(rows, panels, a.form(), b.form(), call.linesAhead),
                    MemorySegment.ofArray(a.array()),
                    MemorySegment.ofArray(b.array()),
                    MemorySegment.ofArray(c.array()),
                    MemorySegment.ofArray(table),
                    aAt * FLOAT,
                    bAt * FLOAT,
                    cAt * FLOAT,
                    (usesTable ? call.kFrom : 0) * (long) Long.BYTES,
                    (long) k,
                    aStep,
                    bStep * FLOAT,
                    c.step() * FLOAT,
                    aBetween,
                    bTile * FLOAT,
                    cTile * FLOAT,
                    (long) count,
                    call.first ? 1L : 0L,
                    MemorySegment.ofArray(call.constants),
                    MemorySegment.ofArray(c.columns()),
                    MemorySegment.ofArray(c.elements()),
                    ((long) c.columnAt() + column) * FLOAT,
                    (down ? 0L : width) * FLOAT,
                    (c.elementAt() + cAt - c.at()) * FLOAT);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
