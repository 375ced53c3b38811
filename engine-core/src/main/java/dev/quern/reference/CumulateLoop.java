package dev.quern.reference;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;

/// Runs along each line in turn, in the direction asked for.
final class CumulateLoop implements Loop {
    private final Kernel.Cumulate kernel;
    private final BinaryFn fn;
    private final View input;
    private final View output;

    CumulateLoop(Kernel.Cumulate kernel) {
        this.kernel = kernel;
        this.fn = kernel.operation().function();
        this.input = directed(kernel.input());
        this.output = directed(kernel.output());
    }

    /// The view with its axis reversed where the kernel runs from the end.
    private View directed(View view) {
        int extent = view.dim(kernel.axis());
        return kernel.reverse() && extent > 0 ? view.slice(kernel.axis(), extent - 1, extent, -1) : view;
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        Elements from = Buffers.of(input, buffers);
        Elements to = Buffers.of(output, buffers);
        Running sum = new Running(fn, input.dtype());
        Lines lines = new Lines(input.dims(), kernel.axis());
        int step = input.stride(kernel.axis());
        int toStep = output.stride(kernel.axis());
        for (Cursor line = lines.over(input, output); line.inside(); line.next()) {
            sum.start();
            for (int i = 0; i < lines.length(); i++) {
                if (kernel.exclusive()) {
                    sum.store(to, line.in[1] + i * toStep);
                }
                sum.take(from, line.in[0] + i * step);
                if (!kernel.exclusive()) {
                    sum.store(to, line.in[1] + i * toStep);
                }
                pulse.spend(1);
            }
        }
    }
}
