package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Scratch;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The machine-code form of block products, for processors with AVX2 and FMA: full speed from the first call.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineBlockKernel implements BlockKernel {
    private static final Tile TILE = Tile.DEFAULT;

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

    /// The functions written so far. Two threads may write the same one; either will do.
    private final @Nullable MemorySegment[] functions = new MemorySegment[(TILE.rows() + 1) * 8];

    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineBlockKernel() {
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
    }

    @Override
    public Tile tile() {
        return TILE;
    }

    @Override
    public boolean readsRows() {
        return true;
    }

    /// How many panels side by side suit a tile of few rows: enough sums to keep the multipliers busy.
    private static int side(int rows) {
        return switch (rows) {
            case 1 -> 4;
            case 2, 3 -> 2;
            default -> 1;
        };
    }

    private MemorySegment function(int rows, int panels, boolean packedA, boolean packedB) {
        int number = 8 * rows + (panels == 1 ? 0 : 4) + (packedA ? 0 : 2) + (packedB ? 0 : 1);
        MemorySegment known = functions[number];
        if (known == null) {
            known = CodePages.executable(new TileLoop(rows, panels, packedA, packedB).write());
            functions[number] = known;
        }
        return known;
    }

    @Override
    public void multiply(
            Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
        int height = TILE.rows();
        int width = TILE.columns();
        int whole = rows / height;
        int rest = rows % height;
        int atOnce = Math.clamp(MOST_WORK / ((long) height * width * Math.max(1, k)), 1, Math.max(1, whole));
        int side = side(Math.min(rows, height));
        for (int column = 0; column < columns; ) {
            int panels = (columns - column) / width >= side ? side : 1;
            for (int done = 0; done < whole; done += atOnce) {
                int count = Math.min(atOnce, whole - done);
                tiles(height, count, panels, a, done * height, b, column, kFrom, k, first, c);
            }
            if (rest > 0) {
                tiles(rest, 1, panels, a, whole * height, b, column, kFrom, k, first, c);
            }
            column += panels * width;
        }
    }

    /// A column of tiles, after a look at the first and the last element of each array that it touches.
    private void tiles(
            int rows,
            int count,
            int panels,
            Factor a,
            int row,
            Factor b,
            int column,
            int kFrom,
            int k,
            boolean first,
            Sums c) {
        int width = panels * TILE.columns();
        boolean packedA = a.isPacked();
        boolean packedB = b.isPacked();
        long aAt = packedA ? a.at() + (long) row * a.k() + (long) kFrom * rows : a.at() + (long) row * a.step() + kFrom;
        long aStep = packedA ? (long) a.k() * rows : a.step();
        long aLength = packedA ? (count - 1L) * aStep + (long) k * rows : ((long) count * rows - 1) * aStep + k;
        long bAt = packedB
                ? b.at() + (long) column * b.k() + (long) kFrom * TILE.columns()
                : b.at() + (long) kFrom * b.step() + column;
        long bStep = packedB ? (long) b.k() * TILE.columns() : b.step();
        long bLength = packedB ? (panels - 1L) * bStep + (long) k * TILE.columns() : (k - 1L) * bStep + width;
        long cAt = c.at() + (long) row * c.step() + column;
        long cLength = ((long) count * rows - 1) * c.step() + width;
        if (k < 0 || aStep < 0 || bStep < 0 || c.step() < 0) {
            throw new IndexOutOfBoundsException("k " + k + ", steps " + aStep + ", " + bStep + ", " + c.step());
        }
        if (k > 0) {
            Objects.checkFromIndexSize(aAt, aLength, a.array().length);
            Objects.checkFromIndexSize(bAt, bLength, b.array().length);
        }
        Objects.checkFromIndexSize(cAt, cLength, c.array().length);
        MemorySegment code = function(rows, panels, packedA, packedB);
        try {
            TILES.invokeExact(
                    code,
                    MemorySegment.ofArray(a.array()),
                    MemorySegment.ofArray(b.array()),
                    MemorySegment.ofArray(c.array()),
                    aAt * Float.BYTES,
                    bAt * Float.BYTES,
                    cAt * Float.BYTES,
                    (long) k,
                    bStep * Float.BYTES,
                    (long) c.step() * Float.BYTES,
                    aStep * Float.BYTES,
                    (long) count,
                    first ? 1L : 0L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
