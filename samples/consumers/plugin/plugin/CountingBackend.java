package plugin;

import dev.quern.backend.Backend;
import dev.quern.backend.Backends;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.kernel.Program;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Counts its runs and leaves the work to the reference backend.
final class CountingBackend implements Backend {
    private final Backend worker = Backends.prefer("reference");
    private int runs;

    @Override
    public String name() {
        return "counting";
    }

    @Override
    public Executable compile(Program program, Settings settings) {
        Executable work = worker.compile(program, settings);
        return new Executable() {
            @Override
            public Frame newFrame(RunControl control) {
                return work.newFrame(control);
            }

            @Override
            public void run(Frame frame, List<Tensor> inputs, List<Tensor> outputs, RunControl control) {
                work.run(frame, inputs, outputs, control);
                System.out.println("counting: run " + ++runs);
            }

            @Override
            public void close() {
                work.close();
            }
        };
    }

    @Override
    public void close() {
        worker.close();
    }
}
