package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.ReduceStep;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// A Reduce kernel, interpreted until its generated form is the faster one. Units are those of the interpreter.
final class ReduceTwin implements Step {
    /// The most kept positions whose states are found before the epilogue sees them.
    private static final int GROUP = 512;

    private final ReduceStep plain;
    private final ReduceForm form;
    private final Loop loop;
    private final Switch<MapKernel> epilogue;
    private final DType type;
    private final int states;

    /// @throws NotGenerated where it has none
    ReduceTwin(Kernel.Reduce kernel, Generated generated) {
        List<Pass> passes = Pass.of(kernel);
        type = passes.getFirst().type();
        states = kernel.reducer().states();
        int[] dims = kernel.operands().getFirst().dims();
        int[] kept = Arrays.copyOf(dims, dims.length - kernel.reducedRank());
        if (Arrays.stream(dims).anyMatch(d -> d == 0)) {
            throw new NotGenerated("nothing to reduce");
        }
        form = form(kernel, passes, generated);
        plain = new ReduceStep(kernel, form instanceof ColumnForm columns ? columns.atOnce() : 1);
        loop = new Loop(kept, states, kernel.epilogueOperands(), kernel.outputs());
        epilogue = generated.map(kernel.epilogue(), Collections.nCopies(states, new Access(type, false)), loop);
    }

    private static ReduceForm form(Kernel.Reduce kernel, List<Pass> passes, Generated generated) {
        try {
            return new RowForm(kernel, passes, generated);
        } catch (NotGenerated rows) {
            return new ColumnForm(kernel, passes, generated);
        }
    }

    @Override
    public int units() {
        return plain.units();
    }

    @Override
    public long nanosPerUnit() {
        return epilogue.nanos(plain.nanosPerUnit());
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        MapKernel last = epilogue.get();
        if (last == null || !form.isReady()) {
            plain.run(workspace, scratch, from, to);
            long nanos = (to - from) * plain.nanosPerUnit();
            form.worked(nanos);
            epilogue.worked(nanos);
            return;
        }
        int end = Math.min(to * plain.group(), loop.length());
        for (int start = from * plain.group(); start < end; start += GROUP) {
            int n = Math.min(GROUP, end - start);
            form.reduce(workspace, scratch, start, n);
            Object first = ReduceForm.array(scratch, type, 0, n);
            Object second = ReduceForm.array(scratch, type, 1, n);
            loop.run(last, workspace, scratch, start, n, 0, first, second);
        }
    }
}
