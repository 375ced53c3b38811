package dev.quern.cpu.gemm;

/// Where a block of sums is kept: element (i, j) at `at + i · step + j`. A worker has one and sets it anew for each
/// block.
public final class Sums {
    private float[] array = {};
    private int at;
    private int step;

    public Sums() {}

    public Sums in(float[] array, int at, int step) {
        this.array = array;
        this.at = at;
        this.step = step;
        return this;
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
