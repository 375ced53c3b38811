package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/// A Gather kernel: a unit is a run of elements.
public final class GatherStep implements Step {
    private final Kernel.Gather kernel;
    private final Addresses addresses;
    private final @Nullable FixedRuns fixed;

    /// @param indices the array of the indices, where they never change
    public GatherStep(Kernel.Gather kernel, @Nullable Object indices) {
        this.kernel = kernel;
        addresses = new Addresses(kernel.data(), kernel.indices(), kernel.output(), kernel.addressing(), kernel.axis());
        fixed = indices == null ? null : FixedRuns.of(addresses, indices);
    }

    @Override
    public int units() {
        return fixed == null ? addresses.runs() : fixed.count();
    }

    @Override
    public long nanosPerUnit() {
        return fixed == null ? 30L + addresses.run() / 2 : 5L + fixed.length() / 2;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Object data = workspace.array(kernel.data().buffer());
        Object output = workspace.array(kernel.output().buffer());
        if (fixed != null) {
            fixed.gather(data, output, from, to);
            return;
        }
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
