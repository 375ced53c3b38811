package dev.quern.gpu;

import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Small programs.
final class Programs {
    private Programs() {}

    /// `y = x + c + 1 + 1 …`: a constant, temporaries and as many steps as asked for.
    static Program chain(int length, int steps) {
        List<Buffer> buffers = new ArrayList<>();
        buffers.add(new Buffer(DType.F32, length, new Buffer.Input(0)));
        buffers.add(
                new Buffer(DType.F32, length, new Buffer.Fixed(new Constant(Tensor.of(new float[length], length)))));
        buffers.add(new Buffer(DType.F32, length, new Buffer.Output(0)));
        List<Program.Slot> slots = new ArrayList<>();
        List<Program.Step> all = new ArrayList<>();
        Expr x = Expr.arg(0, DType.F32);
        View from = View.dense(0, DType.F32, length);
        for (int i = 0; i < steps; i++) {
            View to = View.dense(2, DType.F32, length);
            if (i + 1 < steps) {
                slots.add(new Program.Slot(DType.F32, length));
                to = View.dense(buffers.size(), DType.F32, length);
                buffers.add(new Buffer(DType.F32, length, new Buffer.Temporary(i)));
            }
            Kernel kernel = i == 0
                    ? new Kernel.Map(
                            List.of(from, View.dense(1, DType.F32, length)),
                            List.of(x.plus(Expr.arg(1, DType.F32))),
                            List.of(to))
                    : new Kernel.Map(List.of(from), List.of(x.plus(Expr.constant(DType.F32, 1))), List.of(to));
            all.add(new Program.Step(kernel, List.of("step " + i)));
            from = to;
        }
        return new Program(buffers, slots, List.of(0), List.of(View.dense(2, DType.F32, length)), all);
    }

    /// Hands its operand through.
    static Program through(int length) {
        return new Program(
                List.of(new Buffer(DType.F32, length, new Buffer.Input(0))),
                List.of(),
                List.of(0),
                List.of(View.dense(0, DType.F32, length)),
                List.of());
    }
}
