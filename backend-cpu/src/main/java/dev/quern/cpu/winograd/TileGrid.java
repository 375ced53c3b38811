package dev.quern.cpu.winograd;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;

/// How the output positions of a convolution are divided into tiles of 4 × 4, and what an operand has to do with them;
/// a *strip* is a row of tiles of one image.
///
/// @param input [n, c, height, width]
/// @param output [n, o, height, width]
/// @param reach elements of the operand that a tile meets, along an axis
record TileGrid(View input, View output, int padTop, int padLeft, int reach) {
    /// Positions of a tile along an axis.
    static final int TILE = 4;

    /// Points of the transform along an axis; also the inputs that a tile depends on.
    static final int POINTS = 6;

    /// Values of a tile between the transforms.
    static final int VALUES = POINTS * POINTS;

    static TileGrid of(Kernel.Convolve k) {
        return new TileGrid(
                k.input(),
                k.output(),
                k.geometry().padLow().get(0),
                k.geometry().padLow().get(1),
                POINTS);
    }

    int channels() {
        return input.dim(1);
    }

    int height() {
        return output.dim(2);
    }

    int width() {
        return output.dim(3);
    }

    int tilesPerStrip() {
        return Math.ceilDiv(width(), TILE);
    }

    int stripsPerImage() {
        return Math.ceilDiv(height(), TILE);
    }

    int tiles() {
        return strips() * tilesPerStrip();
    }

    int strips() {
        return output.dim(0) * stripsPerImage();
    }

    /// Input columns that a strip meets, those of padding among them.
    int columns() {
        return TILE * tilesPerStrip() + reach - TILE;
    }

    /// How many columns of the input a strip meets, from the first on.
    int inputColumns() {
        return Math.max(0, Math.min(input.dim(3), columns() - padLeft));
    }

    /// The first input row of a strip, which may lie in the padding.
    int inputRow(int strip) {
        return strip % stripsPerImage() * TILE - padTop;
    }

    boolean meetsPadding(int strip) {
        int row = inputRow(strip);
        return row < 0 || row + reach > input.dim(2);
    }

    /// Whether the elements of an input row lie in order, channel by channel.
    boolean hasRowsInOrder() {
        return input.stride(1) == 1 && (input.dim(3) == 1 || input.stride(3) == channels());
    }

    /// Where the first element of an input row is.
    int rowAt(int strip, int row) {
        return input.offset() + strip / stripsPerImage() * input.stride(0) + row * input.stride(2);
    }
}
