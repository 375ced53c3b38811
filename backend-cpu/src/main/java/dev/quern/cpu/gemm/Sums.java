package dev.quern.cpu.gemm;

import org.jspecify.annotations.Nullable;

/// Where a block of sums is kept: element (i, j) at `at + i · step + j`. A worker has one and sets it anew for each
/// block.
public final class Sums {
    private float[] array = {};
    private int at;
    private int step;
    private @Nullable Ending ending;
    private float[] columns = {};
    private int columnAt;
    private float[] elements = {};
    private int elementAt;
    private float number;

    public Sums() {}

    public Sums in(float[] array, int at, int step) {
        this.array = array;
        this.at = at;
        this.step = step;
        this.ending = null;
        return this;
    }

    /// Has finished sums ended before they are stored.
    ///
    /// @param columnAt where the operand of columns has the one for column 0
    /// @param elementAt where the operand of elements has the one for element (0, 0)
    void ended(Ending by, float[] columns, int columnAt, float[] elements, int elementAt) {
        this.ending = by;
        this.columns = columns;
        this.columnAt = columnAt;
        this.elements = elements;
        this.elementAt = elementAt;
    }

    /// Has them ended with this operand for all, too.
    void number(float operand) {
        this.number = operand;
    }

    /// What happens to sums before they are stored, or `null`; k comes to its end then.
    public @Nullable Ending ending() {
        return ending;
    }

    public float[] columns() {
        return columns;
    }

    public int columnAt() {
        return columnAt;
    }

    public float[] elements() {
        return elements;
    }

    public int elementAt() {
        return elementAt;
    }

    public float number() {
        return number;
    }

    public float[] array() {
        return array;
    }

    public int at() {
        return at;
    }

    public int step() {
        return step;
    }
}
