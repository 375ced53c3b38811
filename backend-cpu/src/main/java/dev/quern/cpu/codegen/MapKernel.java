package dev.quern.cpu.codegen;

/// A generated loop over a rectangle of positions: expressions of some arrays, stored into others.
///
/// View k is `arrays[k]`, states and operands before results; its element for (row, i) is at
/// `at[k] + row · step[k] + i`, or without the i where it is repeated.
public interface MapKernel {

    /// @param n positions in a row, at least one
    void run(Object[] arrays, int[] at, int[] step, int rows, int n);
}
