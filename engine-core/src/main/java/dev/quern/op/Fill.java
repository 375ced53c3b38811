package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Lowering;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;

/// One value everywhere: kernels that set it, views that show it.
final class Fill {
    private Fill() {}

    static void zero(Lowering l, View to) {
        if (to.length() > 0) {
            l.emit(new Kernel.Map(List.of(), List.of(Expr.constant(to.dtype(), 0L)), List.of(to)));
        }
    }

    /// Sets `to` to the only element of `value`.
    static void with(Lowering l, View value, View to) {
        View scalar = View.of(value.buffer(), value.dtype(), value.offset(), new int[0], new int[0]);
        l.copy(scalar.expand(to.dims()), to);
    }

    /// A view of one constant with these dims.
    static View constant(Lowering l, DType dtype, double value, int... dims) {
        return l.constant(Tensor.scalar(dtype, value)).expand(dims);
    }
}
