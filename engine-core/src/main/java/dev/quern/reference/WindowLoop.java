package dev.quern.reference;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.List;

/// Pools output by output, over the taps in row-major order.
final class WindowLoop implements Loop {
    private final Kernel.Window kernel;
    /// The input over the space of the output: leads to the first element of the plane that a window slides on.
    private final View planes;

    WindowLoop(Kernel.Window kernel) {
        View input = kernel.input();
        int[] strides = new int[input.rank()];
        strides[0] = input.stride(0);
        strides[1] = input.stride(1);
        this.kernel = kernel;
        this.planes = View.of(
                input.buffer(), input.dtype(), input.offset(), kernel.output().dims(), strides);
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        DType dtype = kernel.input().dtype();
        Elements from = Buffers.of(kernel.input(), buffers);
        List<View> outputs = kernel.outputs();
        Elements[] out = Buffers.of(outputs, buffers);
        Running pooled = new Running(kernel.reducer() == Kernel.WindowReducer.MAX ? BinaryFn.MAX : BinaryFn.ADD, dtype);
        Elements found = pooled.value();
        Running mean = new Running(BinaryFn.DIV, dtype);
        Elements count = Elements.zeros(dtype.computeType(), 1);
        WindowTaps taps = new WindowTaps(kernel);
        Cursor at = new Cursor(planes.dims(), 0, List.of(planes), outputs);
        for (; at.inside(); at.next()) {
            taps.moveTo(at.index);
            pooled.start();
            for (int t = 0; t < taps.real(); t++) {
                pooled.take(from, at.in[0] + taps.offset(t));
            }
            if (kernel.reducer() == Kernel.WindowReducer.AVERAGE) {
                count.set(0, (long) (kernel.countPadding() ? taps.padded() : taps.real()));
                mean.start(found);
                mean.take(count, 0);
                mean.store(out[0], at.out[0]);
            } else {
                pooled.store(out[0], at.out[0]);
            }
            if (outputs.size() > 1) {
                out[1].set(at.out[1], maximumPosition(taps, from, at.in[0], found));
            }
            pulse.spend(1 + taps.real());
        }
    }

    /// Where in its plane the maximum was first met, −1 where no element was.
    private static long maximumPosition(WindowTaps taps, Elements from, int plane, Elements maximum) {
        for (int t = 0; t < taps.real(); t++) {
            int i = plane + taps.offset(t);
            boolean met = from.dtype().isFloat()
                    ? from.getDouble(i) == maximum.getDouble(0) || Double.isNaN(from.getDouble(i))
                    : from.getLong(i) == maximum.getLong(0);
            if (met) {
                return taps.position(t);
            }
        }
        return -1;
    }
}
