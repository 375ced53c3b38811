package dev.quern.reference;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;

/// Evaluates the expressions at every point: all of them before any result of the point is stored.
final class MapLoop implements Loop {
    private final Kernel.Map kernel;
    private final ScalarProgram program;

    MapLoop(Kernel.Map kernel) {
        this.kernel = kernel;
        this.program = ScalarProgram.of(kernel.exprs(), Rounding.STRICT);
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        if (isCopy()) {
            Copy.run(kernel.inputs().getFirst(), kernel.outputs().getFirst(), buffers, pulse);
            return;
        }
        Elements[] in = Buffers.of(kernel.inputs(), buffers);
        Elements[] out = Buffers.of(kernel.outputs(), buffers);
        ScalarProgram.Evaluator evaluator = program.evaluator();
        Cursor at = new Cursor(kernel.extent(), 0, kernel.inputs(), kernel.outputs());
        for (; at.inside(); at.next()) {
            evaluator.store(in, at.in, at.index, at.linear(), out, at.out);
            pulse.spend(1);
        }
    }

    private boolean isCopy() {
        View output = kernel.outputs().getFirst();
        return kernel.exprs().size() == 1
                && kernel.inputs().size() == 1
                && kernel.exprs().getFirst() instanceof Expr.Arg(int ignored, var dtype)
                && dtype == output.dtype()
                && kernel.inputs().getFirst().dtype() == dtype;
    }
}
