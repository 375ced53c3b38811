package dev.quern.cpu.simd;

import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.gemm.WarmableKernel;
import dev.quern.cpu.run.Scratch;

/// The vector form: one register tile after another.
public final class VectorBlockKernel implements WarmableKernel {
    private final MicroKernels kernels;
    private final float[] zeros;

    public VectorBlockKernel(MicroKernels kernels) {
        this.kernels = kernels;
        this.zeros = new float[kernels.tile().columns() * MicroKernels.MOST_PANELS];
    }

    @Override
    public Tile tile() {
        return kernels.tile();
    }

    @Override
    public void prepare(int rows) {
        int height = tile().rows();
        int side = MicroKernels.panels(Math.min(rows, height));
        if (rows >= height) {
            kernels.warm(height, side);
            kernels.warm(height, 1);
        }
        if (rows % height != 0) {
            kernels.warm(rows % height, side);
            kernels.warm(rows % height, 1);
        }
    }

    @Override
    public boolean isWarm(int rows) {
        int height = tile().rows();
        int side = MicroKernels.panels(Math.min(rows, height));
        int rest = rows % height;
        return (rows < height || (kernels.isWarm(height, side) && kernels.isWarm(height, 1)))
                && (rest == 0 || (kernels.isWarm(rest, side) && kernels.isWarm(rest, 1)));
    }

    @Override
    public void multiply(
            Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
        if (!a.isPacked() || !b.isPacked()) {
            throw new IllegalArgumentException("operands must be packed");
        }
        int width = tile().columns();
        int height = tile().rows();
        float[] init = first ? zeros : c.array();
        int initStep = first ? 0 : c.step();
        int side = MicroKernels.panels(Math.min(rows, height));
        for (int column = 0; column < columns; ) {
            int panels = (columns - column) / width >= side ? side : 1;
            for (int row = 0; row < rows; row += height) {
                int r = Math.min(height, rows - row);
                int at = c.at() + row * c.step() + column;
                kernels.get(r, panels)
                        .run(
                                k,
                                a.array(),
                                a.at() + row * a.k() + kFrom * r,
                                b.array(),
                                b.at() + column * b.k() + kFrom * width,
                                width * b.k(),
                                init,
                                first ? 0 : at,
                                initStep,
                                c.array(),
                                at,
                                c.step());
            }
            column += panels * width;
        }
    }
}
