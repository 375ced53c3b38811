package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import org.jspecify.annotations.Nullable;

/// One operand of a block product: lines (the rows of A, the columns of B) of k elements. A worker has one for
/// each side and sets it anew for each block, since runs should not allocate.
public final class Factor {
    private float[] array = {};
    private int at;
    private Form form = Form.PACKED;
    private int k;
    private int step;
    private @Nullable RowOffsets offsets;
    private @Nullable Gathering gathering;

    /// How the elements lie.
    public enum Form {
        /// In [panels][Panels].
        PACKED,
        /// As they are stored, each row in order: element (i, p) of A at `at + i · step + p`, element (p, j) of
        /// B at `at + p · step + j`.
        ROWS,
        /// Each row of B in order, wherever it begins: element (p, j) at `at + offsets[p] + j`.
        SCATTERED,
        /// Each line of A wherever it begins, with its elements where the same offsets say for all lines:
        /// element (i, p) at `at + lineOffset(first + i) + offset(p)`.
        GATHERED
    }

    public Factor() {}

    /// The factor of a worker for one side.
    static Factor of(Scratch scratch, Packable.Side side) {
        return scratch.kept(side == Packable.Side.A ? Scratch.FACTOR_A : Scratch.FACTOR_B, Factor.class, Factor::new);
    }

    /// Panels, which lie `lines of a panel · k` apart.
    public Factor packed(float[] array, int at, int k) {
        return set(array, at, Form.PACKED, k, 0, null);
    }

    /// Rows as they are stored, `step` apart.
    public Factor rows(float[] array, int at, int step) {
        return set(array, at, Form.ROWS, 0, step, null);
    }

    /// Rows that begin at `at` and an offset each.
    public Factor scattered(float[] array, int at, RowOffsets offsets) {
        return set(array, at, Form.SCATTERED, 0, 0, offsets);
    }

    /// Lines from number `first` of a gathering on, seen from `at`.
    public Factor gathered(float[] array, int at, Gathering lines, int first) {
        set(array, at, Form.GATHERED, 0, first, null);
        this.gathering = lines;
        return this;
    }

    private Factor set(float[] array, int at, Form form, int k, int step, @Nullable RowOffsets offsets) {
        this.array = array;
        this.at = at;
        this.form = form;
        this.k = k;
        this.step = step;
        this.offsets = offsets;
        this.gathering = null;
        return this;
    }

    public float[] array() {
        return array;
    }

    /// Where the first line begins.
    public int at() {
        return at;
    }

    public Form form() {
        return form;
    }

    /// Of packed panels.
    public int k() {
        return k;
    }

    /// The distance between rows that are read as they are stored; of gathered lines the number of the first.
    public int step() {
        return step;
    }

    /// Where gathered lines and their elements are.
    public @Nullable Gathering gathering() {
        return gathering;
    }

    /// Where scattered rows begin.
    public @Nullable RowOffsets offsets() {
        return offsets;
    }

    public boolean isPacked() {
        return form == Form.PACKED;
    }
}
