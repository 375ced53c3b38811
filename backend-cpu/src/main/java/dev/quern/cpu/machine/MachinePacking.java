package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.Packing;
import dev.quern.cpu.gemm.Panels;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.plain.Transposer;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/// The machine-code form of packing, for matrices whose rows or columns lie in order; what is left over at the edges
/// and other matrices go the [plain][Panels] way.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
final class MachinePacking implements Packing {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final long FLOAT = Float.BYTES;

    private static final Tile TILE = Tile.DEFAULT;

    /// Values of k that are copied for one panel after another: the rows they come from stay in the first-level
    /// cache.
    private static final int DEPTH = 32;

    /// The most floats in one call, some microseconds' worth.
    private static final int MOST = 1 << 16;

    /// Linked when first called.
    private static final class Linked {
        /// The function of [CopyLoop]; as that of [TileLoop] it blocks on nothing and calls nothing back.
        static final MethodHandle COPY = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG),
                        Linker.Option.critical(true));

        static final MemorySegment COPY_ROWS = CodePages.executable(new CopyLoop(TILE.rows()).write());
        static final MemorySegment COPY_COLUMNS = CodePages.executable(new CopyLoop(TILE.columns()).write());
    }

    private final Packing plain = new Panels(TILE);
    private final Transposer transposer = new MachineTransposer();

    @Override
    public Tile tile() {
        return TILE;
    }

    @Override
    public void packA(float[] from, int at, int rowStride, int kStride, int rows, int k, float[] to, int toAt) {
        int height = TILE.rows();
        int whole = rows / height;
        // vectors reach two elements further than six rows: into the next line, where there is one
        if (rowStride != 1 || kStride < 2 || whole == 0 || k < 2) {
            plain.packA(from, at, rowStride, kStride, rows, k, to, toAt);
            return;
        }
        Objects.checkFromIndexSize(at, (k - 1L) * kStride + rows, (long) from.length);
        Objects.checkFromIndexSize(toAt, (long) rows * k, (long) to.length);
        copy(Linked.COPY_ROWS, from, at, kStride, k - 1, height * k, height, whole, to, toAt);
        for (int panel = 0; panel < whole; panel++) {
            int source = at + (k - 1) * kStride + panel * height;
            System.arraycopy(from, source, to, toAt + (panel + 1) * height * k - height, height);
        }
        int done = whole * height;
        if (done < rows) {
            plain.packA(from, at + done, 1, kStride, rows - done, k, to, toAt + done * k);
        }
    }

    @Override
    public void packB(float[] from, int at, int kStride, int columnStride, int k, int columns, float[] to, int toAt) {
        int width = TILE.columns();
        int whole = columns / width;
        boolean copies = columnStride == 1 && kStride > 0;
        boolean turns = kStride == 1 && columnStride > 0;
        if ((!copies && !turns) || whole == 0 || k == 0) {
            plain.packB(from, at, kStride, columnStride, k, columns, to, toAt);
            return;
        }
        int done = whole * width;
        Objects.checkFromIndexSize(at, (k - 1L) * kStride + (done - 1L) * columnStride + 1, (long) from.length);
        Objects.checkFromIndexSize(toAt, (long) done * k, (long) to.length);
        if (copies) {
            copy(Linked.COPY_COLUMNS, from, at, kStride, k, width * k, width, whole, to, toAt);
        } else {
            for (int panel = 0; panel < whole; panel++) {
                transposer.turn(
                        from,
                        at + panel * width * columnStride,
                        columnStride,
                        width,
                        k,
                        to,
                        toAt + panel * width * k,
                        width);
            }
        }
        if (done < columns) {
            plain.packB(from, at + done * columnStride, kStride, columnStride, k, columns - done, to, toAt + done * k);
        }
    }

    /// @param k how many values of it
    /// @param panel the distance between panels
    /// @param lines of a panel
    private static void copy(
            MemorySegment code,
            float[] from,
            int at,
            int kStride,
            int k,
            int panel,
            int lines,
            int panels,
            float[] to,
            int toAt) {
        int atOnce = Math.max(1, MOST / (DEPTH * lines));
        try {
            for (int p = 0; p < k; p += DEPTH) {
                for (int first = 0; first < panels; first += atOnce) {
                    Linked.COPY.invokeExact(
                            code,
                            MemorySegment.ofArray(from),
                            MemorySegment.ofArray(to),
                            (at + (long) p * kStride + (long) first * lines) * FLOAT,
                            (toAt + (long) p * lines + (long) first * panel) * FLOAT,
                            kStride * FLOAT,
                            (long) Math.min(DEPTH, k - p),
                            panel * FLOAT,
                            (long) Math.min(atOnce, panels - first));
                }
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
