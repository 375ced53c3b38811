package dev.quern.reference;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.MergedAxes;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.ArrayList;
import java.util.List;

/// Evaluates the expressions row by row: all of them at a point before any result of the point is stored.
final class MapLoop implements Loop {
    private final List<View> inputs;
    private final List<View> outputs;
    private final ScalarProgram program;
    private final boolean isCopy;

    MapLoop(Kernel.Map kernel) {
        List<View> all = new ArrayList<>(kernel.outputs());
        all.addAll(kernel.inputs());
        List<View> views = StraightLine.of(kernel.exprs()).readsIndex() ? all : MergedAxes.of(all);
        this.outputs = List.copyOf(views.subList(0, kernel.outputs().size()));
        this.inputs = List.copyOf(views.subList(kernel.outputs().size(), views.size()));
        this.program = ScalarProgram.of(kernel.exprs(), Rounding.STRICT);
        this.isCopy = isCopy(kernel);
    }

    private static boolean isCopy(Kernel.Map kernel) {
        DType dtype = kernel.outputs().getFirst().dtype();
        return kernel.inputs().size() == 1
                && kernel.inputs().getFirst().dtype() == dtype
                && kernel.exprs().equals(List.of(Expr.arg(0, dtype)));
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        if (isCopy) {
            Copy.run(inputs.getFirst(), outputs.getFirst(), buffers, pulse);
            return;
        }
        Elements[] in = Buffers.of(inputs, buffers);
        Elements[] out = Buffers.of(outputs, buffers);
        ScalarProgram.Evaluator evaluator = program.evaluator();
        Rows rows = Rows.of(outputs.getFirst().dims(), 0, inputs, outputs);
        while (rows.start.inside()) {
            rows.store(evaluator, in, out, pulse);
        }
    }
}
