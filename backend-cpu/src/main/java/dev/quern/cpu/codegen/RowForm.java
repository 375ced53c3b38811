package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.plain.ReduceStep;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Reduces one kept position after another, along rows of neighbouring elements.
final class RowForm implements ReduceForm {
    private final List<Pass> passes;
    private final List<Switch<FoldKernel>> kernels = new ArrayList<>();
    private final List<View> operands;
    private final Nest kept;
    private final Nest reduced;
    private final int[] step;
    private final int[] between;
    private final DType type;

    /// @throws NotGenerated where the elements of a row do not lie so
    RowForm(Kernel.Reduce kernel, List<Pass> passes, Generated generated) {
        this.passes = passes;
        this.operands = kernel.operands();
        this.type = passes.getFirst().type();
        this.kept = ReduceForm.kept(kernel);
        this.reduced = ReduceForm.reduced(kernel);
        if (ReduceStep.hasShortRows(kernel)) {
            throw new NotGenerated("rows so short that many are reduced at once, as columns");
        }
        if (reduced.rank() > 2) {
            throw new NotGenerated("a reduction over " + reduced.rank() + " loops");
        }
        int count = operands.size();
        step = new int[count + 1];
        between = new int[count + 1];
        List<Access> views = new ArrayList<>();
        for (int v = 0; v < count; v++) {
            int stride = reduced.inner() == 1 ? 1 : reduced.innerStride(v);
            if (stride != 0 && stride != 1) {
                throw new NotGenerated("rows with a stride of " + stride);
            }
            views.add(new Access(operands.get(v).dtype(), stride == 0));
            step[v] = kept.innerStride(v);
            between[v] = reduced.rank() == 2 ? reduced.stride(v, 0) : 0;
        }
        step[count] = 1;
        boolean simple =
                reduced.length() <= FoldAssembler.MOST && (reduced.rank() < 2 || reduced.inner() % Reducer.LANES == 0);
        kernels.add(generated.fold(passes.getFirst(), views, simple));
        if (passes.size() > 1) {
            views.add(new Access(type, true));
            kernels.add(generated.fold(passes.getLast(), views, simple));
        }
    }

    @Override
    public boolean isReady() {
        return Switch.areReady(kernels);
    }

    @Override
    public void worked(long nanos) {
        kernels.forEach(k -> k.worked(nanos));
    }

    @Override
    public void reduce(Workspace workspace, Scratch scratch, int start, int n) {
        Operands of = Operands.of(scratch, step.length);
        for (int v = 0; v < operands.size(); v++) {
            of.set(v, workspace, operands.get(v).buffer());
        }
        System.arraycopy(step, 0, of.step(), 0, step.length);
        System.arraycopy(between, 0, of.between(), 0, between.length);
        int[] at = of.at();
        Object lanes = ReduceForm.array(scratch, type, LANES, Reducer.LANES);
        int length = reduced.length();
        int most = Math.max(1, PATIENCE / length);
        int inner = kept.inner();
        of.set(operands.size(), ReduceForm.array(scratch, type, 0, n));
        for (int k = 0; k < passes.size(); k++) {
            FoldKernel kernel = kernels.get(k).required();
            Object state = ReduceForm.array(scratch, type, k, n);
            for (int done = 0; done < n; ) {
                workspace.control().check();
                int position = start + done;
                int rows = Math.min(Math.min(most, n - done), inner - position % inner);
                for (int v = 0; v < operands.size(); v++) {
                    at[v] = kept.address(v, position);
                }
                at[operands.size()] = done;
                int runs = length / reduced.inner();
                kernel.run(of, rows, runs, reduced.inner(), lanes, state, done);
                done += rows;
            }
            if (passes.get(k).mean()) {
                ReduceForm.divide(state, 0, n, length);
            }
        }
    }
}
