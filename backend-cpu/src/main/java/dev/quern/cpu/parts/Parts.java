package dev.quern.cpu.parts;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import java.util.List;

/// A stretch of a program as one kernel, whose steps are done for one part of the batch after another.
///
/// Its operands and results are whole buffers: those of its program's inputs and outputs, in order.
///
/// @param first the program of the first part; its temporaries hold one part, its inputs and outputs all
/// @param kernels of each step those of all parts in order, or one that does for every part
/// @param whole the steps that it stands for
public record Parts(Program first, List<List<Kernel>> kernels, List<Program.Step> whole) implements Kernel.Claimed {
    public Parts {
        kernels = kernels.stream().map(List::copyOf).toList();
        whole = List.copyOf(whole);
    }

    @Override
    public String name() {
        return "Parts";
    }

    /// How many parts there are.
    public int count() {
        return kernels.stream().mapToInt(List::size).max().orElse(1);
    }

    /// The kernel of a step for a part, both from 0.
    public Kernel kernel(int step, int part) {
        List<Kernel> some = kernels.get(step);
        return some.get(some.size() == 1 ? 0 : part);
    }
}
