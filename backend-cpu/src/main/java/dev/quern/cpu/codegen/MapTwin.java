package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.MapStep;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Map kernel, interpreted until its generated form is the faster one. Units are those of the interpreter.
final class MapTwin implements Step {
    private final MapStep plain;
    private final Loop loop;
    private final @Nullable SpreadRows rows;
    private final Switch<MapKernel> fast;

    MapTwin(Kernel.Map kernel, Generated generated) {
        plain = new MapStep(kernel);
        loop = new Loop(kernel.extent(), 0, kernel.inputs(), kernel.outputs());
        rows = SpreadRows.of(kernel).orElse(null);
        fast = rows == null
                ? generated.map(kernel.exprs(), List.of(), loop)
                : generated.map(kernel.exprs(), rows.accesses());
    }

    @Override
    public int units() {
        return plain.units();
    }

    @Override
    public long nanosPerUnit() {
        return fast.nanos(plain.nanosPerUnit());
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        MapKernel kernel = fast.get();
        if (kernel == null) {
            plain.run(workspace, scratch, from, to);
            fast.worked((to - from) * plain.nanosPerUnit());
            return;
        }
        int start = from * MapStep.UNIT;
        int end = Math.min(to * MapStep.UNIT, loop.length());
        if (rows == null) {
            loop.run(kernel, workspace, scratch, start, end - start);
        } else {
            rows.run(kernel, workspace, scratch, start, end - start);
        }
    }
}
