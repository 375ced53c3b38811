package dev.quern.cpu.simd;

import dev.quern.cpu.gemm.Tile;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The register tiles for this processor, each written when first needed: full ones, and those for what is left over at
/// the lower edge, which are also those for products of few rows.
public final class MicroKernels {
    /// The most panels side by side in a tile.
    static final int MOST_PANELS = 4;

    private static final int VECTORS_PER_PANEL = 2;

    private final int lanes;
    private final Tile tile;
    private final AtomicReferenceArray<@Nullable MicroKernel> kernels;

    public MicroKernels() {
        this(FloatVector.SPECIES_PREFERRED.length());
    }

    /// @param lanes floats in a vector: 4, 8 or 16
    MicroKernels(int lanes) {
        this.lanes = lanes;
        int rows =
                switch (lanes) {
                    case 16 -> 8;
                    case 8 -> 6;
                    default -> 4;
                };
        this.tile = new Tile(rows, VECTORS_PER_PANEL * lanes);
        this.kernels = new AtomicReferenceArray<>((rows + 1) * (MOST_PANELS + 1));
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
        int at = rows * (MOST_PANELS + 1) + panels;
        MicroKernel kernel = kernels.get(at);
        if (kernel == null) {
            int registers = lanes == 16 ? 32 : 16;
            kernel = new MicroKernelWriter(lanes, rows, panels, VECTORS_PER_PANEL, true, registers).write();
            kernels.set(at, kernel);
        }
        return kernel;
    }
}
