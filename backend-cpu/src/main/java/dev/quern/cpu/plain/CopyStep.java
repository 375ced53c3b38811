package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.List;

/// A Map that only moves elements from one view to another: a unit is an innermost run, or a part of a long one.
public final class CopyStep implements Step {
    private static final int PART = 4096;

    private final View from;
    private final View to;
    private final Nest nest;
    private final int partsPerRun;

    public CopyStep(View from, View to) {
        this.from = from;
        this.to = to;
        nest = Nest.of(to.dims(), List.of(from, to));
        partsPerRun = Math.max(1, Math.ceilDiv(nest.inner(), PART));
    }

    /// Whether `kernel` is nothing but this.
    public static boolean fits(Kernel.Map kernel) {
        return kernel.exprs().size() == 1
                && kernel.exprs().getFirst() instanceof Expr.Arg(int index, var type)
                && type == kernel.outputs().getFirst().dtype()
                && kernel.inputs().get(index).dtype() == type;
    }

    /// Which input such a kernel copies.
    public static int source(Kernel.Map kernel) {
        return ((Expr.Arg) kernel.exprs().getFirst()).index();
    }

    @Override
    public int units() {
        return nest.length() == 0 ? 0 : nest.length() / nest.inner() * partsPerRun;
    }

    @Override
    public long nanosPerUnit() {
        return 10L + Math.min(PART, nest.inner()) / 4;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int first, int last) {
        Object source = workspace.array(from.buffer());
        Object target = workspace.array(to.buffer());
        int inner = nest.inner();
        int fromStride = nest.innerStride(0);
        int toStride = nest.innerStride(1);
        for (int unit = first; unit < last; unit++) {
            int position = unit / partsPerRun * inner;
            int start = unit % partsPerRun * PART;
            int n = Math.min(PART, inner - start);
            Strided.copy(
                    source,
                    nest.address(0, position) + start * fromStride,
                    fromStride,
                    target,
                    nest.address(1, position) + start * toStride,
                    toStride,
                    n);
        }
    }
}
