package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Scratch;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/// The machine-code form of block products, for processors with AVX2 and FMA: full speed from the first call.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineBlockKernel implements BlockKernel {
    private static final Tile TILE = Tile.DEFAULT;
    private static final int MOST_PANELS = 4;

    /// Products in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final long MOST_WORK = 1_000_000;

    /// The function of [TileLoop]. It blocks on nothing and calls nothing back, hence *critical*; so arrays are passed
    /// as they lie on the heap.
    private static final MethodHandle TILES = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.critical(true));

    /// The functions for each number of rows: for one panel of B, and for as many side by side as suit so few rows.
    private final MemorySegment[] narrow = new MemorySegment[TILE.rows() + 1];

    private final MemorySegment[] wide = new MemorySegment[TILE.rows() + 1];

    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineBlockKernel() {
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
        for (int rows = 1; rows <= TILE.rows(); rows++) {
            narrow[rows] = CodePages.executable(new TileLoop(rows, 1).write());
            wide[rows] = side(rows) == 1 ? narrow[rows] : CodePages.executable(new TileLoop(rows, side(rows)).write());
        }
    }

    @Override
    public Tile tile() {
        return TILE;
    }

    /// How many panels side by side suit a tile of few rows: enough sums to keep the multipliers busy.
    private static int side(int rows) {
        return switch (rows) {
            case 1 -> MOST_PANELS;
            case 2, 3 -> 2;
            default -> 1;
        };
    }

    @Override
    public void multiply(
            Scratch scratch,
            float[] a,
            int aAt,
            int rows,
            float[] b,
            int bAt,
            int columns,
            int kTotal,
            int kFrom,
            int k,
            boolean first,
            float[] c) {
        int height = TILE.rows();
        int width = TILE.columns();
        int whole = rows / height;
        int rest = rows % height;
        int atOnce = Math.clamp(MOST_WORK / ((long) height * width * Math.max(1, k)), 1, Math.max(1, whole));
        int side = side(Math.min(rows, height));
        for (int column = 0; column < columns; ) {
            int panels = (columns - column) / width >= side ? side : 1;
            int bFrom = bAt + column * kTotal + kFrom * width;
            for (int done = 0; done < whole; done += atOnce) {
                int row = done * height;
                int count = Math.min(atOnce, whole - done);
                int aFrom = aAt + row * kTotal + kFrom * height;
                tiles(height, panels, a, aFrom, b, bFrom, kTotal, k, count, first, c, row * columns + column, columns);
            }
            if (rest > 0) {
                int row = whole * height;
                int aFrom = aAt + row * kTotal + kFrom * rest;
                tiles(rest, panels, a, aFrom, b, bFrom, kTotal, k, 1, first, c, row * columns + column, columns);
            }
            column += panels * width;
        }
    }

    /// A column of tiles, after a look at the first and the last element of each array that it touches.
    private void tiles(
            int rows,
            int panels,
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int kTotal,
            int k,
            int count,
            boolean first,
            float[] c,
            int cAt,
            int cStep) {
        int width = TILE.columns();
        Objects.checkFromIndexSize((long) aAt, ((count - 1L) * kTotal + k) * rows, a.length);
        Objects.checkFromIndexSize((long) bAt, ((panels - 1L) * kTotal + k) * width, b.length);
        Objects.checkFromIndexSize((long) cAt, (count * (long) rows - 1) * cStep + panels * width, c.length);
        if (k < 0 || count < 1 || kTotal < k || cStep < 0) {
            throw new IndexOutOfBoundsException("k " + k + " of " + kTotal + ", " + count + " tiles");
        }
        MemorySegment code = panels == 1 ? narrow[rows] : wide[rows];
        try {
            TILES.invokeExact(
                    code,
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(c),
                    (long) aAt * Float.BYTES,
                    (long) bAt * Float.BYTES,
                    (long) cAt * Float.BYTES,
                    (long) k,
                    (long) kTotal * width * Float.BYTES,
                    (long) cStep * Float.BYTES,
                    (long) kTotal * rows * Float.BYTES,
                    (long) count,
                    first ? 1L : 0L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
