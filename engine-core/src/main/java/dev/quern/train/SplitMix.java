package dev.quern.train;

/// Random numbers by seed: SplitMix64 (Steele, Lea and Flood, 2014). The JDK promises no fixed sequence, and a resumed
/// or repeated training must draw the same numbers on every JDK.
final class SplitMix {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    SplitMix(long seed) {
        this.state = seed;
    }

    /// A generator for one of many streams of a seed: an epoch, a node, a parameter.
    static SplitMix of(long seed, long stream) {
        return new SplitMix(mix(seed + GAMMA * (stream + 1)));
    }

    long nextLong() {
        state += GAMMA;
        return mix(state);
    }

    /// Uniform in 0 … bound − 1.
    int nextInt(int bound) {
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /// Uniform in [0, 1).
    double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
