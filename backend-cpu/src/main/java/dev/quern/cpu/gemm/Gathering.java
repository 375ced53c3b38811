package dev.quern.cpu.gemm;

import java.util.stream.LongStream;

/// Where the lines of an operand A and their elements are: element (i, p) at `line i + offset p`. The patches of a
/// convolution are such lines: one for each output position, with the same offsets to all (channel, tap).
public final class Gathering {
    private final long[] table;
    private final int k;
    private final long greatest;

    /// @throws IllegalArgumentException where an offset is negative
    public Gathering(int[] offsets, int[] lines) {
        this.k = offsets.length;
        this.table = new long[k + lines.length];
        long farthest = 0;
        long last = 0;
        for (int p = 0; p < k; p++) {
            table[p] = offsets[p];
            farthest = Math.max(farthest, offsets[p]);
        }
        for (int i = 0; i < lines.length; i++) {
            table[k + i] = lines[i];
            last = Math.max(last, lines[i]);
        }
        if (LongStream.of(table).anyMatch(x -> x < 0)) {
            throw new IllegalArgumentException("a negative offset");
        }
        greatest = farthest + last;
    }

    public int k() {
        return k;
    }

    public int lines() {
        return table.length - k;
    }

    /// The greatest place of an element, 0 where there is none.
    public long greatest() {
        return greatest;
    }

    /// The offsets of p, then those of the lines, to be read only: machine code wants them as one array.
    public long[] table() {
        return table;
    }
}
