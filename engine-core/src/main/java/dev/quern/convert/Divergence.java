package dev.quern.convert;

import java.util.Arrays;

/// The threshold of magnitudes at which a histogram in few steps tells most about the whole one.
final class Divergence {
    /// Magnitudes that an integer of eight bits with a sign can have.
    private static final int LEVELS = 128;

    private static final double LEAST_COUNT = 1e-4;

    private Divergence() {}

    static double threshold(Histogram seen) {
        long[] counts = seen.magnitudes();
        int best = counts.length;
        double least = Double.POSITIVE_INFINITY;
        for (int bins = LEVELS; bins <= counts.length; bins++) {
            double divergence = between(clipped(counts, bins), inSteps(counts, bins));
            if (divergence < least) {
                least = divergence;
                best = bins;
            }
        }
        return best * seen.binWidth();
    }

    /// What lies beyond counts as the largest.
    private static double[] clipped(long[] counts, int bins) {
        double[] clipped = new double[bins];
        for (int i = 0; i < counts.length; i++) {
            clipped[Math.min(i, bins - 1)] += counts[i];
        }
        return clipped;
    }

    /// Each step's count spread evenly over those of its bins that have any.
    private static double[] inSteps(long[] counts, int bins) {
        double[] spread = new double[bins];
        for (int step = 0; step < LEVELS; step++) {
            int from = (int) ((long) step * bins / LEVELS);
            int to = (int) ((long) (step + 1) * bins / LEVELS);
            long sum = 0;
            int filled = 0;
            for (int i = from; i < to; i++) {
                sum += counts[i];
                filled += counts[i] > 0 ? 1 : 0;
            }
            for (int i = from; i < to; i++) {
                spread[i] = counts[i] > 0 ? (double) sum / filled : 0;
            }
        }
        return spread;
    }

    /// Σ p · log(p / q) of the distributions; what q misses counts as next to nothing, since a count of 0 in a
    /// sample does not say that there is none.
    private static double between(double[] p, double[] q) {
        double ps = Arrays.stream(p).sum();
        double qs = Arrays.stream(q).sum();
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            if (p[i] > 0) {
                sum += p[i] / ps * Math.log(p[i] / ps / (Math.max(q[i], LEAST_COUNT) / qs));
            }
        }
        return sum;
    }
}
