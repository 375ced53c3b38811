package dev.quern.cpu.gemm;

/// Where the rows of an operand begin that is read as it is stored: row p at `at + offset p`.
public final class RowOffsets {
    private final long[] offsets;
    private final long greatest;

    /// @throws IllegalArgumentException where an offset is negative
    public RowOffsets(int... offsets) {
        this.offsets = new long[offsets.length];
        long most = 0;
        for (int p = 0; p < offsets.length; p++) {
            if (offsets[p] < 0) {
                throw new IllegalArgumentException("offset " + offsets[p]);
            }
            this.offsets[p] = offsets[p];
            most = Math.max(most, offsets[p]);
        }
        greatest = most;
    }

    public int count() {
        return offsets.length;
    }

    public int get(int p) {
        return (int) offsets[p];
    }

    /// The greatest of them, 0 where there is none.
    public long greatest() {
        return greatest;
    }

    /// The offsets themselves, to be read only: machine code wants them as an array.
    public long[] array() {
        return offsets;
    }
}
