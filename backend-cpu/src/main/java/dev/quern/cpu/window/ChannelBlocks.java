package dev.quern.cpu.window;

/// How channels are taken: sixteen at a time, what is left eight at a time, the last eight such that they end with the
/// last channel. The weights of a block are neighbours: sixteen, or eight, for one tap after another.
public final class ChannelBlocks {
    /// Channels of a whole block.
    public static final int WHOLE = 16;

    /// Channels of one of the others.
    public static final int HALF = 8;

    private ChannelBlocks() {}

    /// How many blocks are whole.
    public static int whole(int channels) {
        return channels / WHOLE;
    }

    /// How many others follow.
    public static int halves(int channels) {
        return Math.ceilDiv(channels % WHOLE, HALF);
    }

    /// The first channel of one of the others.
    public static int half(int channels, int number) {
        return Math.min(whole(channels) * WHOLE + number * HALF, channels - HALF);
    }

    /// Floats that all weights take.
    public static int length(int channels, int taps) {
        return Math.multiplyExact(whole(channels) * WHOLE + halves(channels) * HALF, taps);
    }

    /// Lays weights out; that of tap t for channel c is at `from[t · channels + c]`.
    public static float[] of(float[] from, int channels, int taps) {
        float[] to = new float[length(channels, taps)];
        int at = 0;
        for (int block = 0; block < whole(channels); block++) {
            at = block(from, channels, taps, block * WHOLE, WHOLE, to, at);
        }
        for (int half = 0; half < halves(channels); half++) {
            at = block(from, channels, taps, half(channels, half), HALF, to, at);
        }
        return to;
    }

    private static int block(float[] from, int channels, int taps, int first, int width, float[] to, int at) {
        for (int t = 0; t < taps; t++) {
            System.arraycopy(from, t * channels + first, to, at + t * width, width);
        }
        return at + taps * width;
    }
}
