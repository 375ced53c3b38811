package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// What happens to finished sums of `f32`: the epilogue expression and the store into the output.
public interface Epilogue {

    /// Ends `rows` rows of sums: row i, of `n` sums from `at + i · step` on, becomes the elements of the output
    /// from `position + i · rowPositions` on.
    void apply(
            Workspace workspace,
            Scratch scratch,
            float[] sums,
            int at,
            int step,
            int rows,
            int n,
            int position,
            int rowPositions);
}
