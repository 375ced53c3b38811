package dev.quern.op;

import dev.quern.graph.PrimitiveOp;

/// [Resize] and its adjoint.
public sealed interface Resizing extends PrimitiveOp permits Resize, ResizeGradient {}
