package dev.quern.cpu.codegen;

/// A generated loop that reduces rows: an expression of some arrays, folded into 16 lanes in ascending order, then by
/// the tree that [dev.quern.kernel.Reducer] describes.
///
/// A row is some runs of neighbouring elements: the element of view k of the [Operands] for (row, run, i) is at
/// `at[k] + row · step[k] + run · between[k] + i`, or without the i where it is repeated.
public interface FoldKernel {

    /// @param n elements in a run, at least one
    /// @param lanes 16 elements of the type that is folded, to work in
    /// @param results row r ends in element `resultAt + r`
    void run(Operands operands, int rows, int runs, int n, Object lanes, Object results, int resultAt);
}
