package dev.quern.cpu.trees;

import java.util.Arrays;
import java.util.stream.IntStream;

/// What leaves say: leaf l adds the entries `start[l] … start[l + 1] − 1`, entry e a value for `target[e]`. Sums are
/// taken in double, tree after tree.
public final class Leaves {
    /// A NaN that no arithmetic gives: no tree has spoken yet.
    private static final double SILENT = Double.longBitsToDouble(0x7FF8_0000_0000_0051L);

    /// How the trees' numbers for a target become one.
    public enum Aggregate {
        SUM,
        MIN,
        MAX
    }

    private final int targets;
    private final Aggregate aggregate;
    private final double scale;
    private final int[] start;
    private final int[] target;
    private final double[] value;

    /// Whether `value` is by leaf: there is one target, each leaf has one entry for it, and they are added.
    private final boolean single;

    /// @param targets how many numbers a row gets
    /// @param aggregate how the trees' numbers for a target become one
    /// @param scale what that one is multiplied by at the end
    public Leaves(int targets, Aggregate aggregate, double scale, int[] start, int[] target, double[] value) {
        this.targets = targets;
        this.aggregate = aggregate;
        this.scale = scale;
        int leaves = start.length - 1;
        boolean sums = aggregate == Aggregate.SUM;
        this.single = sums && targets == 1 && IntStream.rangeClosed(0, leaves).allMatch(l -> start[l] == l);
        this.start = new int[start.length];
        this.target = new int[target.length];
        this.value = new double[value.length];
        int kept = 0;
        for (int l = 0; l < leaves; l++) {
            for (int e = start[l]; e < start[l + 1]; e++) {
                // a zero changes no sum, and the pure leaves of a classifier are full of them
                if (value[e] != 0 || !sums || single) {
                    this.target[kept] = target[e];
                    this.value[kept++] = value[e];
                }
            }
            this.start[l + 1] = kept;
        }
    }

    int targets() {
        return targets;
    }

    /// Makes `rows` rows of `into` ready.
    void clear(double[] into, int rows) {
        Arrays.fill(into, 0, rows * targets, aggregate == Aggregate.SUM ? 0 : SILENT);
    }

    /// Lets `count` leaves, the first of `leaf`, speak to the row at `at`.
    void add(int[] leaf, int count, double[] into, int at) {
        if (single) {
            double sum = into[at];
            for (int i = 0; i < count; i++) {
                sum += value[leaf[i]];
            }
            into[at] = sum;
        } else {
            for (int i = 0; i < count; i++) {
                add(leaf[i], into, at);
            }
        }
    }

    /// Lets one leaf speak to each of `rows` rows: the first of `leaf` to the first, and so on.
    void addEach(int[] leaf, int rows, double[] into) {
        if (single) {
            for (int r = 0; r < rows; r++) {
                into[r] += value[leaf[r]];
            }
        } else {
            for (int r = 0; r < rows; r++) {
                add(leaf[r], into, r * targets);
            }
        }
    }

    private void add(int leaf, double[] into, int at) {
        for (int e = start[leaf]; e < start[leaf + 1]; e++) {
            int i = at + target[e];
            switch (aggregate) {
                case SUM -> into[i] += value[e];
                case MIN -> into[i] = isSilent(into[i]) ? value[e] : Math.min(into[i], value[e]);
                case MAX -> into[i] = isSilent(into[i]) ? value[e] : Math.max(into[i], value[e]);
            }
        }
    }

    /// The result for a target that has `sum`; 0 where no leaf has spoken of it.
    double result(double sum) {
        return isSilent(sum) ? 0 : sum * scale;
    }

    private static boolean isSilent(double x) {
        return Double.doubleToRawLongBits(x) == Double.doubleToRawLongBits(SILENT);
    }
}
