package dev.quern.cpu.window;

/// The taps of a window that meet the input at some output positions: a rectangle of them.
///
/// @param first the number of the first one, in row-major order of all taps
/// @param rows at least 1, as `columns`
/// @param rowStep elements of the input between two rows of taps
/// @param columnStep elements of the input between two taps of a row
public record Taps(int first, int rows, int columns, int rowStep, int columnStep) {

    /// Elements from the first tap to the last.
    public long reach() {
        return (rows - 1L) * rowStep + (columns - 1L) * columnStep;
    }
}
