package dev.quern.device;

import dev.quern.backend.ProductPrecision;
import dev.quern.backend.RunControl;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.RowPair;
import dev.quern.codegen.Target;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/// What runs the steps of a program. A launch may do several steps at once; it stands at the first of them, and the
/// others have none.
///
/// @param precision of products; `F32` but for CUDA
/// @param argumentBytes how many bytes of arguments a launch may have
public record Launches(Program program, Target target, ProductPrecision precision, int argumentBytes) {

    /// The launches of each step, in order.
    ///
    /// @param isElsewhere which steps, by number, need none
    /// @throws dev.quern.backend.CancelledException where `control` asked to stop
    public List<List<Launch>> of(IntPredicate isElsewhere, RunControl control) {
        List<List<Launch>> steps = new ArrayList<>();
        while (steps.size() < program.steps().size()) {
            control.check();
            int step = steps.size();
            if (isElsewhere.test(step)) {
                steps.add(List.of());
            } else if (target != Target.GPU || !addRows(steps)) {
                steps.add(KernelCode.of(program.steps().get(step).kernel(), program.buffers(), target, precision));
            }
        }
        // a card has the functions of its bundle and no others
        return target == Target.FPGA ? List.copyOf(steps) : Joining.of(program, steps, argumentBytes);
    }

    /// Adds a reduction, the map of its rows after it, and a map of its results between the two if there is one, as
    /// one launch, unless it can fail: a failure names one step.
    private boolean addRows(List<List<Launch>> steps) {
        List<Program.Step> left =
                program.steps().subList(steps.size(), program.steps().size());
        if (!(left.getFirst().kernel() instanceof Kernel.Reduce reduce)
                || left.size() < 2
                || !(left.get(1).kernel() instanceof Kernel.Map first)) {
            return false;
        }
        Optional<RowPair> two = RowPair.of(reduce, first, program.buffers());
        Optional<RowPair> three =
                two.isEmpty() && left.size() > 2 && left.get(2).kernel() instanceof Kernel.Map second
                        ? RowPair.of(reduce, first, second, program.buffers())
                        : Optional.empty();
        Optional<Launch> launch =
                two.or(() -> three).map(pair -> pair.launch(program.buffers())).filter(l -> !l.canFail());
        launch.ifPresent(l -> {
            steps.add(List.of(l));
            steps.add(List.of());
            three.ifPresent(both -> steps.add(List.of()));
        });
        return launch.isPresent();
    }
}
