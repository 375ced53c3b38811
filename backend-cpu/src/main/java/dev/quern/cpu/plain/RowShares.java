package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;

/// Turns rows of numbers into shares of 1, e^(x − max) / Σ e^(x − max), where they are; something may be put in the
/// place
/// of a share that is not a number.
public interface RowShares {

    /// How many of a worker's scratch arrays it uses, from the one it is given on.
    int ARRAYS = 3;

    /// @param scratch whose arrays from `base` on it may use
    /// @param at where the first row begins
    /// @param step the distance between rows
    /// @param n numbers in a row, at least one
    void run(Scratch scratch, int base, float[] values, int at, int step, int rows, int n);

    /// Says what of a worker's scratch so many rows take.
    static void plan(ScratchPlan plan, int base, int rows) {
        plan.floats(base, rows);
        plan.floats(base + 1, rows);
    }
}
