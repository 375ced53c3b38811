package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;

/// A Gather kernel: a unit is a run of elements.
public final class GatherStep implements Step {
    private final Kernel.Gather kernel;
    private final Addresses addresses;

    public GatherStep(Kernel.Gather kernel) {
        this.kernel = kernel;
        addresses = new Addresses(kernel.data(), kernel.indices(), kernel.output(), kernel.addressing(), kernel.axis());
    }

    @Override
    public int units() {
        return addresses.runs();
    }

    @Override
    public long nanosPerUnit() {
        return 30L + addresses.run() / 2;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Object data = workspace.array(kernel.data().buffer());
        Object output = workspace.array(kernel.output().buffer());
        Addresses.Walk at = addresses.walk(workspace, from);
        for (int unit = from; unit < to; unit++, at.next()) {
            Strided.copy(
                    data,
                    at.data(),
                    addresses.dataStride(),
                    output,
                    at.window(),
                    addresses.windowStride(),
                    addresses.run());
        }
    }
}
