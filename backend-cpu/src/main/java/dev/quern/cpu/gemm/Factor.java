package dev.quern.cpu.gemm;

import org.jspecify.annotations.Nullable;

/// One operand of a block product: lines (the rows of A, the columns of B) of k elements.
///
/// @param at where the first line begins
/// @param k of packed panels, which lie `lines of a panel · k` apart
/// @param step the distance between rows that are read as they are stored
/// @param offsets where scattered rows begin
public record Factor(
        float[] array,
        int at,
        Form form,
        int k,
        int step,
        @Nullable RowOffsets offsets) {

    /// How the elements lie.
    public enum Form {
        /// In [panels][Panels].
        PACKED,
        /// As they are stored, each row in order: element (i, p) of A at `at + i · step + p`, element (p, j) of B at
        /// `at + p · step + j`.
        ROWS,
        /// Each row of B in order, wherever it begins: element (p, j) at `at + offsets[p] + j`.
        SCATTERED
    }

    public static Factor packed(float[] array, int at, int k) {
        return new Factor(array, at, Form.PACKED, k, 0, null);
    }

    public static Factor rows(float[] array, int at, int step) {
        return new Factor(array, at, Form.ROWS, 0, step, null);
    }

    public static Factor scattered(float[] array, int at, RowOffsets offsets) {
        return new Factor(array, at, Form.SCATTERED, 0, 0, offsets);
    }

    public boolean isPacked() {
        return form == Form.PACKED;
    }
}
