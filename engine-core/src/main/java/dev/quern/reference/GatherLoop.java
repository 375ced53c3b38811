package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;

/// Fetches element by element.
final class GatherLoop implements Loop {
    private final View output;
    private final Addresses addresses;

    GatherLoop(Kernel.Gather kernel, String step) {
        this.output = kernel.output();
        this.addresses = new Addresses(step, kernel.data(), kernel.indices(), kernel.addressing(), kernel.axis());
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        Elements indices = Buffers.of(addresses.indices, buffers);
        Object data = buffers[addresses.target.buffer()].array();
        Object to = buffers[output.buffer()].array();
        Cursor at = Cursor.reading(output.dims(), addresses.target, addresses.indices, output);
        for (; at.inside(); at.next()) {
            int from = addresses.locate(at.in[0], indices, at.in[1]);
            Copy.elements(data, from, 1, to, at.in[2], 1, 1);
            pulse.spend(1);
        }
    }
}
