package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.MapStep;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// One row of ones, by a generated kernel and by the interpreter.
final class MapTrial implements Twin.Trial {
    /// Vectors in the row: enough that the compiler sees a loop, few enough that the calls before it has compiled
    /// anything, which put vectors on the heap, do not take long.
    private static final int VECTORS = 24;

    private static final int REST = 3;

    private final MapKernel kernel;
    private final int n;
    private final Operands operands;
    private final MapStep plain;
    private final Workspace workspace;

    MapTrial(MapKernel kernel, List<Expr> exprs, List<Access> views, int lanes) {
        this.kernel = kernel;
        this.n = VECTORS * lanes + REST;
        Object[] arrays = new Object[views.size()];
        this.workspace = new Workspace(arrays.length, 1);
        List<View> bound = new ArrayList<>();
        for (int v = 0; v < arrays.length; v++) {
            Access view = views.get(v);
            arrays[v] = ones(view.dtype(), n);
            workspace.bind(v, arrays[v]);
            bound.add(View.of(v, view.dtype(), 0, new int[] {n}, new int[] {view.repeated() ? 0 : 1}));
        }
        operands = Operands.of(arrays);
        int inputs = arrays.length - exprs.size();
        plain = new MapStep(new Kernel.Map(bound.subList(0, inputs), exprs, bound.subList(inputs, arrays.length)));
    }

    /// An array of `n` ones.
    static Object ones(DType type, int n) {
        dev.quern.tensor.Elements ones = dev.quern.tensor.Elements.zeros(type, n);
        for (int i = 0; i < n; i++) {
            ones.set(i, 1L);
        }
        return ones.array();
    }

    @Override
    public void generated() {
        kernel.run(operands, 1, n);
    }

    @Override
    public void plain() {
        Scratch scratch = workspace.scratch(0);
        plain.run(workspace, scratch, 0, plain.units());
    }
}
