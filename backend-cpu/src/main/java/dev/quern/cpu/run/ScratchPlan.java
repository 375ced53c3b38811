package dev.quern.cpu.run;

import java.util.Arrays;

/// What a worker's scratch will take: of arrays whose size depends on the program, not of blocks of fixed size.
public final class ScratchPlan {
    private long[] lengths = {};

    /// [Scratch#floats] will be asked for this.
    public void floats(int index, long length) {
        if (index >= lengths.length) {
            lengths = Arrays.copyOf(lengths, index + 1);
        }
        lengths[index] = Math.max(lengths[index], length);
    }

    public long bytes() {
        return Arrays.stream(lengths).sum() * Float.BYTES;
    }
}
