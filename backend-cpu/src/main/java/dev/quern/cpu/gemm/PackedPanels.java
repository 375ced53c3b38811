package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Constant;
import dev.quern.kernel.View;
import org.jspecify.annotations.Nullable;

/// Panels of whole matrices: of a constant, packed once, or in a buffer that a [PackStep] fills in every run.
final class PackedPanels implements PanelSource {
    private final float @Nullable [] constant;
    private final int buffer;
    private final boolean repeats;
    private final int matrixLength;
    private final int k;

    private PackedPanels(float @Nullable [] constant, int buffer, Matrices matrices, Tile tile) {
        this.constant = constant;
        this.buffer = buffer;
        this.repeats = matrices.distinct() == 1;
        this.matrixLength = matrices.packedLength(tile);
        this.k = matrices.k();
    }

    /// What the packed form of a constant depends on.
    private record Form(View window, Matrices.Side side, Tile tile) {}

    /// The panels of a constant, shared by all programs that pack it alike.
    static PackedPanels ofConstant(Constant constant, Matrices matrices, Tile tile) {
        Form form = new Form(matrices.view().on(0), matrices.side(), tile);
        float[] packed = constant.form(form, ignored -> {
            float[] to = new float[Math.multiplyExact(matrices.distinct(), matrices.packedLength(tile))];
            for (int batch = 0; batch < matrices.distinct(); batch++) {
                float[] from = (float[]) constant.tensor().array();
                matrices.pack(tile, from, batch, 0, matrices.lines(), to, batch * matrices.packedLength(tile));
            }
            return to;
        });
        return new PackedPanels(packed, -1, matrices, tile);
    }

    /// The panels that `buffer` holds once a [PackStep] has run.
    static PackedPanels ofBuffer(int buffer, Matrices matrices, Tile tile) {
        return new PackedPanels(null, buffer, matrices, tile);
    }

    @Override
    public float[] panels(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        return constant != null ? constant : workspace.floats(buffer);
    }

    @Override
    public int at(int batch, int first) {
        return (repeats ? 0 : batch * matrixLength) + first * k;
    }
}
