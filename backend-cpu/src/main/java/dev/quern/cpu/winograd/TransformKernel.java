package dev.quern.cpu.winograd;

import dev.quern.cpu.run.Scratch;

/// Applies a [Transform] to many elements side by side.
public interface TransformKernel {

    /// The first of the scratch arrays that a kernel may use for itself.
    int SCRATCH = 4;

    /// For each line i below `lines` and each lane below `lanes`: x_j is at `at + i · line + j · step + lane`, y_j goes
    /// to `toAt + i · toLine + j · toStep + lane`.
    void apply(
            Transform transform,
            Scratch scratch,
            float[] from,
            int at,
            int step,
            int line,
            float[] to,
            int toAt,
            int toStep,
            int toLine,
            int lines,
            int lanes);
}
