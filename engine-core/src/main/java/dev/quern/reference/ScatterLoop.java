package dev.quern.reference;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import org.jspecify.annotations.Nullable;

/// Copies the data where it is not there already, then takes in the updates one after another.
final class ScatterLoop implements Loop {
    private static final long[] NO_INDEX = {};

    private final Kernel.Scatter kernel;
    private final Addresses addresses;
    /// The stored element and the update, combined; `null` where the update replaces it.
    private final @Nullable ScalarProgram combine;

    ScatterLoop(Kernel.Scatter kernel, String step) {
        DType dtype = kernel.output().dtype();
        this.kernel = kernel;
        this.addresses = new Addresses(step, kernel.output(), kernel.indices(), kernel.addressing(), kernel.axis());
        this.combine = kernel.mode() == Kernel.Combine.REPLACE
                ? null
                : ScalarProgram.of(
                        Expr.arg(0, dtype).apply(kernel.mode().function(), Expr.arg(1, dtype)), Rounding.STRICT);
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        View output = kernel.output();
        if (!output.equals(kernel.data())) {
            Copy.run(kernel.data(), output, buffers, pulse);
        }
        Elements indices = Buffers.of(addresses.indices, buffers);
        Elements to = Buffers.of(output, buffers);
        Elements[] in = {to, Buffers.of(kernel.updates(), buffers)};
        Elements[] out = {to};
        ScalarProgram.Evaluator evaluator = combine == null ? null : combine.evaluator();
        int[] inAt = new int[2];
        int[] outAt = new int[1];
        Cursor at = Cursor.reading(kernel.updates().dims(), addresses.target, addresses.indices, kernel.updates());
        for (; at.inside(); at.next()) {
            outAt[0] = addresses.locate(at.in[0], indices, at.in[1]);
            inAt[0] = outAt[0];
            inAt[1] = at.in[2];
            if (evaluator == null) {
                Copy.elements(in[1].array(), inAt[1], 1, to.array(), outAt[0], 1, 1);
            } else {
                evaluator.store(in, inAt, NO_INDEX, 0, out, outAt);
            }
            pulse.spend(1);
        }
    }
}
