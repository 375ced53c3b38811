package dev.quern.cpu.codegen;

/// A generated loop over a rectangle of positions: expressions of some arrays, stored into others.
///
/// View k, states and operands before results, is `arrays[k]` of the [Operands]; its element for (row, i) is at
/// `at[k] + row · step[k] + i`, or without the i where it is repeated.
public interface MapKernel {

    /// @param n positions in a row, at least one
    void run(Operands operands, int rows, int n);
}
