package dev.quern.reference;

import dev.quern.backend.BackendException;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.Elements;

/// One kernel, ready to run. Immutable: what a run needs besides is made in the run, so that runs may be concurrent.
sealed interface Loop
        permits MapLoop,
                ReduceLoop,
                ContractLoop,
                ConvolveLoop,
                WindowLoop,
                GatherLoop,
                ScatterLoop,
                CumulateLoop,
                SortLoop {

    /// Runs the kernel once.
    ///
    /// @param buffers by id, as views name them
    void run(Elements[] buffers, Pulse pulse);

    /// The loop of a step.
    ///
    /// @throws BackendException for a [Kernel.Native]
    static Loop of(Program.Step step) {
        return switch (step.kernel()) {
            case Kernel.Map map -> new MapLoop(map);
            case Kernel.Reduce reduce -> new ReduceLoop(reduce);
            case Kernel.Contract contract -> new ContractLoop(contract);
            case Kernel.Convolve convolve -> new ConvolveLoop(convolve);
            case Kernel.Window window -> new WindowLoop(window);
            case Kernel.Gather gather -> new GatherLoop(gather, step.name());
            case Kernel.Scatter scatter -> new ScatterLoop(scatter, step.name());
            case Kernel.Cumulate cumulate -> new CumulateLoop(cumulate);
            case Kernel.Sort sort -> new SortLoop(sort);
            case Kernel.Native claimed ->
                throw new BackendException("\"" + step.name() + "\": the reference backend claims no operator, so not "
                        + claimed.name() + "; compile the graph for this backend");
        };
    }
}
