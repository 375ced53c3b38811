package dev.quern.graph;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Optional;

/// What an operator needs to emit its kernel: operands as views of fixed extents, and places for its results.
///
/// Each result is given either by [#output] (a new dense buffer that emitted kernels write) or by [#alias] (a view of
/// what is there already).
public interface Lowering {

    int inputs();

    /// Operand `i`; its strides may be anything.
    View input(int i);

    /// Operand `i`, copied first if its elements do not lie row-major.
    View contiguous(int i);

    /// Operand `i` under other dims of the same size, copied first where strides cannot say that.
    View reshaped(int i, int... dims);

    /// The value of operand `i`, where it is a constant or follows from shapes.
    Optional<Tensor> value(int i);

    /// Result `i` as a new dense buffer of the inferred type, to be written by kernels.
    View output(int i);

    /// A new dense buffer for something between kernels.
    View temporary(DType dtype, int... dims);

    /// A literal operand.
    View constant(Tensor tensor);

    /// Result `i` is this view; nothing is computed.
    void alias(int i, View view);

    void emit(Kernel kernel);

    /// Copies elements from view to view of the same dims, converting between element types as Cast does.
    void copy(View from, View to);
}
