package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.BlockEpilogue;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;

/// An epilogue, interpreted until its generated form is the faster one.
final class EpilogueTwin implements Epilogue {
    private final BlockEpilogue plain;
    private final Loop loop;
    private final Switch<MapKernel> fast;

    EpilogueTwin(Expr expr, List<View> operands, View output, int base, Generated generated) {
        plain = new BlockEpilogue(expr, operands, output, base);
        loop = new Loop(output.dims(), 1, operands, List.of(output));
        fast = generated.map(List.of(expr), List.of(new Access(DType.F32, false)), loop);
    }

    @Override
    public void apply(
            Workspace workspace,
            Scratch scratch,
            float[] sums,
            int at,
            int step,
            int rows,
            int n,
            int position,
            int rowPositions) {
        MapKernel kernel = plain.isCopy() ? null : fast.get();
        if (kernel == null) {
            plain.apply(workspace, scratch, sums, at, step, rows, n, position, rowPositions);
            fast.worked(plain.nanos(rows * n));
            return;
        }
        loop.runRows(kernel, workspace, scratch, sums, at, step, rows, n, position, rowPositions);
    }
}
