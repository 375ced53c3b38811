package dev.quern.cpu.codegen;

import dev.quern.tensor.DType;

/// How the innermost loop of a kernel meets a view: neighbouring elements, or one element again and again.
///
/// @param repeated whether the inner stride is 0, not 1
public record Access(DType dtype, boolean repeated) {}
