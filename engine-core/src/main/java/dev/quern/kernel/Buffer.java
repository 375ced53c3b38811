package dev.quern.kernel;

import dev.quern.tensor.DType;

/// A dense array that kernels read and write through views.
///
/// @param dtype the element type
/// @param length the number of elements
/// @param role where the array comes from
public record Buffer(DType dtype, int length, Role role) {

    /// Where the array of a buffer comes from in a run.
    public sealed interface Role {}

    /// Argument `index` of the run.
    public record Input(int index) implements Role {}

    /// Result `index` of the run, a new array or the caller's.
    public record Output(int index) implements Role {}

    /// The same in every run.
    public record Fixed(Constant constant) implements Role {}

    /// Lives within a run, in array `slot` of the frame; buffers whose lives do not overlap share one.
    public record Temporary(int slot) implements Role {}
}
