package dev.quern.cpu.machine;

import dev.quern.cpu.plain.Transposer;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/// The machine-code form: blocks of 8 × 8 in registers of 256 bits. What is left at an end is taken with what comes
/// before it, once more.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineTransposer implements Transposer {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int BLOCK = TurnLoop.BLOCK;
    private static final long FLOAT = Float.BYTES;

    /// Columns that are taken down all rows together: a line of the cache.
    private static final int ABREAST = 2 * BLOCK;

    /// So few rows are taken along all columns in one call.
    private static final int FEW_ROWS = 32;

    /// Blocks in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final int MOST_BLOCKS = 1 << 11;

    /// Linked and written when first called.
    private static final class Linked {
        /// The function of [TurnLoop]. It blocks on nothing and calls nothing back, hence *critical*.
        static final MethodHandle TURN = Linker.nativeLinker()
                .downcallHandle(
                        CodePages.executable(TurnLoop.write()),
                        FunctionDescriptor.ofVoid(
                                ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                        Linker.Option.critical(true));
    }

    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineTransposer() {
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
    }

    @Override
    public void turn(float[] from, int at, int step, int rows, int columns, float[] to, int toAt, int toStep) {
        if (rows < BLOCK || columns < BLOCK) {
            PLAIN.turn(from, at, step, rows, columns, to, toAt, toStep);
            return;
        }
        if (step < 0 || toStep < 0) {
            throw new IndexOutOfBoundsException("a matrix is turned backwards");
        }
        Objects.checkFromIndexSize(at, (rows - 1L) * step + columns, (long) from.length);
        Objects.checkFromIndexSize(toAt, (columns - 1L) * toStep + rows, (long) to.length);
        int wide = rows <= FEW_ROWS ? columns : ABREAST;
        for (int column = 0; column < columns; column += wide) {
            int first = Math.min(column, columns - BLOCK);
            int count = Math.max(BLOCK, Math.min(wide, columns - column));
            long source = at + (long) first;
            long target = toAt + (long) first * toStep;
            down(from, source, step, rows, count / BLOCK, to, target, toStep);
            if (count % BLOCK != 0) {
                int back = count - BLOCK;
                down(from, source + back, step, rows, 1, to, target + (long) back * toStep, toStep);
            }
        }
    }

    /// `blocks` abreast, down all rows.
    private static void down(
            float[] from, long at, long step, int rows, int blocks, float[] to, long toAt, long toStep) {
        int lines = rows / BLOCK;
        int atOnce = Math.max(1, MOST_BLOCKS / blocks);
        for (int line = 0; line < lines; line += atOnce) {
            int row = line * BLOCK;
            call(from, at + row * step, step, to, toAt + row, toStep, blocks, Math.min(atOnce, lines - line));
        }
        if (rows % BLOCK != 0) {
            int row = rows - BLOCK;
            call(from, at + row * step, step, to, toAt + row, toStep, blocks, 1);
        }
    }

    private static void call(
            float[] from, long at, long step, float[] to, long toAt, long toStep, long blocks, long lines) {
        try {
            Linked.TURN.invokeExact(
                    MemorySegment.ofArray(from),
                    MemorySegment.ofArray(to),
                    at * FLOAT,
                    toAt * FLOAT,
                    step * FLOAT,
                    toStep * FLOAT,
                    BLOCK * FLOAT,
                    BLOCK * toStep * FLOAT,
                    blocks,
                    BLOCK * step * FLOAT,
                    BLOCK * FLOAT,
                    lines);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
