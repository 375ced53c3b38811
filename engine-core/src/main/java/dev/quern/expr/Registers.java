package dev.quern.expr;

import dev.quern.tensor.Elements;

/// Where an evaluation stands: some points next to each other along one axis, and the value of every step at each.
///
/// Point `i` reads operand `k` at `inAt[k] + i · inStep[k]`; its position along the last axis is `i` further than
/// `index` says, and so is its row-major number.
final class Registers {
    /// How many points are evaluated at once.
    static final int WIDTH = 128;

    private static final int[] NO_STEPS = {};

    /// Values of float steps, by step and point.
    final double[][] floats;
    /// Values of the other steps, by step and point.
    final long[][] integers;

    private Elements[] in = {};
    private int[] inAt = {};
    private int[] inStep = NO_STEPS;
    private long[] index = {};
    private long linear;
    private int first;
    private int count;

    /// @param isFloat for each step whether its value is a float
    Registers(boolean[] isFloat) {
        floats = new double[isFloat.length][];
        integers = new long[isFloat.length][];
        for (int i = 0; i < isFloat.length; i++) {
            floats[i] = new double[isFloat[i] ? WIDTH : 0];
            integers[i] = new long[isFloat[i] ? 0 : WIDTH];
        }
    }

    /// Goes to one point.
    void at(Elements[] in, int[] inAt, long[] index, long linear) {
        along(in, inAt, NO_STEPS, index, linear);
        part(0, 1);
    }

    /// Goes to the start of a row of points.
    void along(Elements[] in, int[] inAt, int[] inStep, long[] index, long linear) {
        this.in = in;
        this.inAt = inAt;
        this.inStep = inStep;
        this.index = index;
        this.linear = linear;
    }

    /// Takes the points of the row from `first` on, at most [#WIDTH].
    void part(int first, int count) {
        this.first = first;
        this.count = count;
    }

    /// How many points are evaluated.
    int count() {
        return count;
    }

    /// How far apart an operand's elements lie; nothing is said of it at a single point.
    private int step(int operand) {
        return operand < inStep.length ? inStep[operand] : 0;
    }

    void loadFloats(int operand, double[] to) {
        Elements from = in[operand];
        int step = step(operand);
        int at = inAt[operand] + first * step;
        if (from.array() instanceof float[] source) {
            for (int i = 0; i < count; i++) {
                to[i] = source[at + i * step];
            }
        } else {
            for (int i = 0; i < count; i++) {
                to[i] = from.getDouble(at + i * step);
            }
        }
    }

    void loadIntegers(int operand, long[] to) {
        Elements from = in[operand];
        int step = step(operand);
        int at = inAt[operand] + first * step;
        for (int i = 0; i < count; i++) {
            to[i] = from.getLong(at + i * step);
        }
    }

    /// The positions along `axis`, or the row-major numbers for [Expr.Index#LINEAR].
    void loadPositions(int axis, long[] to) {
        boolean moves = axis == Expr.Index.LINEAR || axis == index.length - 1;
        long start = axis == Expr.Index.LINEAR ? linear : index[axis];
        for (int i = 0; i < count; i++) {
            to[i] = moves ? start + first + i : start;
        }
    }
}
