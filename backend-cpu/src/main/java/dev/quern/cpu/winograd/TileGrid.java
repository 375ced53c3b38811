package dev.quern.cpu.winograd;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;

/// How the output positions of a convolution are divided into tiles of 4 × 4; a *strip* is a row of tiles of one image.
///
/// @param input [n, c, height, width]
/// @param output [n, o, height, width]
record TileGrid(View input, View output, int padTop, int padLeft) {
    /// Positions of a tile along an axis.
    static final int TILE = 4;

    /// Inputs that a tile depends on, along an axis.
    static final int REACH = 6;

    /// Values of a tile between the transforms.
    static final int VALUES = REACH * REACH;

    static TileGrid of(Kernel.Convolve k) {
        return new TileGrid(
                k.input(),
                k.output(),
                k.geometry().padLow().get(0),
                k.geometry().padLow().get(1));
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

    int strips() {
        return output.dim(0) * stripsPerImage();
    }

    /// Input columns that a strip meets, those of padding among them.
    int columns() {
        return TILE * tilesPerStrip() + REACH - TILE;
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
        return row < 0 || row + REACH > input.dim(2);
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
