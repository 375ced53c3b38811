package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.ReduceStep;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// One row of ones, reduced by a generated kernel and by the interpreter.
final class FoldTrial implements Twin.Trial {
    private static final int N = 24 * Reducer.LANES + 3;

    private final FoldKernel kernel;
    private final Operands operands;
    private final Object lanes;
    private final Object result;
    private final ReduceStep plain;
    private final Workspace workspace;

    FoldTrial(FoldKernel kernel, Pass pass, List<Access> views) {
        this.kernel = kernel;
        Object[] arrays = new Object[views.size()];
        this.workspace = new Workspace(arrays.length + 1, 1);
        DType type = pass.type();
        this.lanes = type.newArray(Reducer.LANES);
        this.result = type.newArray(1);
        List<View> bound = new ArrayList<>();
        for (int v = 0; v < arrays.length; v++) {
            Access view = views.get(v);
            arrays[v] = MapTrial.ones(view.dtype(), N);
            workspace.bind(v, arrays[v]);
            bound.add(View.of(v, view.dtype(), 0, new int[] {N}, new int[] {view.repeated() ? 0 : 1}));
        }
        operands = Operands.of(arrays);
        workspace.bind(arrays.length, type.newArray(1));
        this.plain = new ReduceStep(new Kernel.Reduce(
                bound,
                1,
                pass.element(),
                reducer(pass.fn()),
                List.of(),
                List.of(Expr.arg(0, type)),
                List.of(View.dense(arrays.length, type))));
    }

    private static Reducer reducer(BinaryFn fn) {
        return switch (fn) {
            case MUL -> Reducer.PRODUCT;
            case MIN -> Reducer.MIN;
            case MAX -> Reducer.MAX;
            default -> Reducer.SUM;
        };
    }

    @Override
    public void generated() {
        kernel.run(operands, 1, 1, N, lanes, result, 0);
    }

    @Override
    public void plain() {
        Scratch scratch = workspace.scratch(0);
        plain.run(workspace, scratch, 0, plain.units());
    }
}
