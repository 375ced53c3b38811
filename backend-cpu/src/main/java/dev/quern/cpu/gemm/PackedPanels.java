package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Constant;
import dev.quern.kernel.View;
import org.jspecify.annotations.Nullable;

/// Panels of whole matrices: of a constant, packed once, or in a buffer that a [PackStep] fills in every run.
final class PackedPanels implements PanelSource {
    private static final int ELEMENTS_PER_PIECE = 1 << 18;

    private final float @Nullable [] constant;
    private final int buffer;
    private final Packable operand;
    private final int matrixLength;

    private PackedPanels(float @Nullable [] constant, int buffer, Packable operand, Tile tile) {
        this.constant = constant;
        this.buffer = buffer;
        this.operand = operand;
        this.matrixLength = operand.packedLength(tile, operand.lines());
    }

    /// What the packed form of a constant depends on.
    private record Form(View window, int matrices, Packable.Side side, Tile tile) {}

    /// The panels of a constant, shared by all programs that pack it alike.
    ///
    /// @param buffers whose control is polled while they are packed
    static PackedPanels ofConstant(Constant constant, Packable operand, Packing packing, Buffers buffers) {
        Tile tile = packing.tile();
        Form form = new Form(operand.view().on(0), operand.matrices(), operand.side(), tile);
        float[] packed = constant.form(form, ignored -> {
            int length = operand.packedLength(tile, operand.lines());
            int piece = linesPerPiece(operand, tile);
            float[] from = buffers.elements(constant);
            float[] to = new float[Math.multiplyExact(operand.matrices(), length)];
            for (int matrix = 0; matrix < operand.matrices(); matrix++) {
                for (int first = 0; first < operand.lines(); first += piece) {
                    buffers.control().check();
                    int count = Math.min(piece, operand.lines() - first);
                    operand.pack(packing, from, matrix, first, count, to, matrix * length + first * operand.k());
                }
            }
            return to;
        });
        return new PackedPanels(packed, -1, operand, tile);
    }

    /// How many lines, whole panels of them, are packed between two looks at whether to go on: about a
    /// millisecond's worth.
    private static int linesPerPiece(Packable operand, Tile tile) {
        int panel = operand.side() == Packable.Side.A ? tile.rows() : tile.columns();
        return panel * Math.max(1, ELEMENTS_PER_PIECE / Math.max(1, panel * operand.k()));
    }

    /// The panels that `buffer` holds once a [PackStep] has run.
    static PackedPanels ofBuffer(int buffer, Packable operand, Tile tile) {
        return new PackedPanels(null, buffer, operand, tile);
    }

    @Override
    public Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        float[] panels = constant != null ? constant : workspace.floats(buffer);
        return Factor.of(scratch, operand.side())
                .packed(panels, operand.matrix(batch) * matrixLength + first * operand.k(), operand.k());
    }
}
