package dev.quern.convert;

import dev.quern.tensor.Tensor;

/// How often numbers of which magnitude were seen, in equal bins on both sides of zero. The range doubles as larger
/// ones come, so one pass over the data is enough.
public final class Histogram {
    /// Bins on each side.
    static final int BINS = 1024;

    private final long[] counts = new long[2 * BINS];
    private double range;
    private double least = Double.POSITIVE_INFINITY;
    private double largest = Double.NEGATIVE_INFINITY;

    Histogram() {}

    /// Counts the finite elements of `t`.
    void add(Tensor t) {
        double most = Difference.largest(t);
        while (most > range) {
            widen(most);
        }
        for (int i = 0; i < t.length(); i++) {
            double x = t.getDouble(i);
            if (Double.isFinite(x)) {
                least = Math.min(least, x);
                largest = Math.max(largest, x);
                counts[bin(x)]++;
            }
        }
    }

    private int bin(double x) {
        int bin = range == 0 ? BINS : BINS + (int) Math.floor(x / range * BINS);
        return Math.clamp(bin, 0, 2 * BINS - 1);
    }

    /// The first range is that of the first numbers; later ones are doubled, so that two bins become one.
    private void widen(double most) {
        if (range == 0) {
            long zeros = counts[BINS];
            counts[BINS] = 0;
            range = most;
            counts[bin(0)] += zeros;
            return;
        }
        long[] before = counts.clone();
        java.util.Arrays.fill(counts, 0);
        for (int i = 0; i < before.length; i++) {
            counts[BINS + Math.floorDiv(i - BINS, 2)] += before[i];
        }
        range *= 2;
    }

    /// The least number, or 0 where none was seen.
    double least() {
        return least > largest ? 0 : least;
    }

    /// The largest number, or 0 where none was seen.
    double largest() {
        return least > largest ? 0 : largest;
    }

    /// A number below which lies this share of all, as exact as the bins are, and no number beyond those seen.
    double quantile(double share) {
        long total = 0;
        for (long c : counts) {
            total += c;
        }
        double wanted = share * total;
        long below = 0;
        for (int i = 0; i < counts.length; i++) {
            if (below + counts[i] >= wanted && counts[i] > 0) {
                double within = (wanted - below) / counts[i];
                double x = (i - BINS + within) * binWidth();
                return Math.clamp(x, least(), Math.max(least(), largest()));
            }
            below += counts[i];
        }
        return largest();
    }

    double binWidth() {
        return range / BINS;
    }

    /// How often each magnitude was seen, by bin.
    long[] magnitudes() {
        long[] folded = new long[BINS];
        for (int i = 0; i < BINS; i++) {
            folded[i] = counts[BINS + i] + counts[BINS - 1 - i];
        }
        return folded;
    }
}
