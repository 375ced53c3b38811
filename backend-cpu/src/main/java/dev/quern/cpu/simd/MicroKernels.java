package dev.quern.cpu.simd;

import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Warmer;
import java.lang.System.Logger;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The register tiles for this processor, each written when first needed: full ones, and those for what is left over at
/// the lower edge, which are also those for products of few rows.
public final class MicroKernels {
    /// The most panels side by side in a tile.
    static final int MOST_PANELS = 4;

    private static final Logger LOG = System.getLogger(MicroKernels.class.getName());
    private static final int VECTORS_PER_PANEL = 2;

    /// Compiled to vector instructions, a tile does tens of these; interpreted, or with vectors on the heap, below
    /// one.
    private static final double WARM_GFLOPS = 4;

    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final int WARM_UP_K = 64;

    private final int lanes;
    private final Tile tile;
    private final Warmer warmer;
    private final AtomicReferenceArray<@Nullable Entry> entries;
    private final AtomicBoolean complained = new AtomicBoolean();

    /// A tile and how far it has come.
    private static final class Entry {
        final MicroKernel kernel;
        final AtomicBoolean asked = new AtomicBoolean();
        volatile boolean warm;

        Entry(MicroKernel kernel) {
            this.kernel = kernel;
        }
    }

    public MicroKernels(Warmer warmer) {
        this(FloatVector.SPECIES_PREFERRED.length(), warmer);
    }

    /// @param lanes floats in a vector: 4, 8 or 16
    MicroKernels(int lanes, Warmer warmer) {
        this.lanes = lanes;
        this.warmer = warmer;
        int rows = switch (lanes) {
            case 16 -> 8;
            case 8 -> 6;
            default -> 4;
        };
        this.tile = new Tile(rows, VECTORS_PER_PANEL * lanes);
        this.entries = new AtomicReferenceArray<>((rows + 1) * (MOST_PANELS + 1));
    }

    public Tile tile() {
        return tile;
    }

    /// How many panels side by side suit a tile of few rows: enough sums to keep the multipliers busy.
    static int panels(int rows) {
        return switch (rows) {
            case 1 -> 4;
            case 2 -> 2;
            default -> 1;
        };
    }

    MicroKernel get(int rows, int panels) {
        return entry(rows, panels).kernel;
    }

    private Entry entry(int rows, int panels) {
        int at = at(rows, panels);
        Entry known = entries.get(at);
        if (known != null) {
            return known;
        }
        int registers = lanes == 16 ? 32 : 16;
        Entry made = new Entry(new MicroKernelWriter(lanes, rows, panels, VECTORS_PER_PANEL, registers).write());
        Entry other = entries.compareAndExchange(at, null, made);
        return other == null ? made : other;
    }

    private static int at(int rows, int panels) {
        return rows * (MOST_PANELS + 1) + panels;
    }

    boolean isWarm(int rows, int panels) {
        Entry entry = entries.get(at(rows, panels));
        return entry != null && entry.warm;
    }

    /// Has a tile warmed in the background, once.
    void warm(int rows, int panels) {
        Entry entry = entry(rows, panels);
        if (entry.asked.compareAndSet(false, true)) {
            warmer.submit(() -> warmUp(entry, rows, panels));
        }
    }

    private void warmUp(Entry entry, int rows, int panels) {
        int width = panels * tile.columns();
        float[] a = new float[WARM_UP_K * rows];
        float[] b = new float[WARM_UP_K * width];
        float[] c = new float[rows * width];
        int batch = 100;
        double work = 2.0 * WARM_UP_K * rows * width * batch;
        long start = System.nanoTime();
        while (!entry.warm
                && System.nanoTime() - start < PATIENCE_NANOS
                && !Thread.currentThread().isInterrupted()) {
            long from = System.nanoTime();
            for (int i = 0; i < batch; i++) {
                entry.kernel.run(WARM_UP_K, a, 0, b, 0, WARM_UP_K * tile.columns(), c, 0, width, c, 0, width);
            }
            entry.warm = work / (System.nanoTime() - from) > WARM_GFLOPS;
        }
        if (!entry.warm && !Thread.currentThread().isInterrupted() && complained.compareAndSet(false, true)) {
            LOG.log(Logger.Level.INFO, "this JVM does not compile the vector kernels well; plain ones run");
        }
    }
}
