package dev.quern.cpu;

import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.cpu.parts.Parts;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The compiled steps of [Parts]: those of every kernel once, but for kernels that are others for each part. As many
/// parts are run side by side as there are threads, each on arrays of its own; the steps of what is left are divided.
final class PartsLoop {
    private final Parts parts;
    private final FramePlan plan;

    /// By part and step.
    private final Step[][][] steps;

    private final int[] operands;
    private final int[] results;
    private final int lanes;

    /// @param whole what stands for the stretch in its program
    /// @param compiler makes steps that work on given buffers
    /// @param threads of a run
    PartsLoop(
            Kernel.Native whole,
            Parts parts,
            Function<Buffers, StepCompiler> compiler,
            int threads,
            RunControl control) {
        this.parts = parts;
        Buffers buffers = Buffers.ofPart(parts.first(), control);
        StepCompiler steps = compiler.apply(buffers);
        Map<Kernel, Step[]> known = new HashMap<>();
        this.steps = new Step[parts.count()][parts.whole().size()][];
        for (int part = 0; part < parts.count(); part++) {
            for (int i = 0; i < parts.whole().size(); i++) {
                control.check();
                this.steps[part][i] = known.computeIfAbsent(
                        parts.kernel(i, part), k -> steps.compile(k).toArray(Step[]::new));
            }
        }
        this.plan = FramePlan.of(parts.first(), buffers);
        this.operands = whole.inputs().stream().mapToInt(View::buffer).toArray();
        this.results = whole.outputs().stream().mapToInt(View::buffer).toArray();
        this.lanes = threads <= parts.count() ? threads : 1;
    }

    int parts() {
        return steps.length;
    }

    /// How many parts are run side by side.
    int lanes() {
        return lanes;
    }

    /// The steps of a part, by kernel.
    Step[][] steps(int part) {
        return steps[part];
    }

    /// The steps of the program that the stretch stands for.
    List<Program.Step> whole() {
        return parts.whole();
    }

    RunException failed(int step, RuntimeException cause) {
        return new RunException("\"" + whole().get(step).name() + "\": " + cause.getMessage(), cause);
    }

    /// The arrays of one part.
    Workspace newLane(RunControl control) {
        return plan.newWorkspace(0, control);
    }

    /// Gives a lane the arrays that the stretch reads and writes.
    void bind(Workspace lane, Workspace program) {
        for (int i = 0; i < operands.length; i++) {
            lane.bind(parts.first().inputs().get(i), program.array(operands[i]));
        }
        for (int i = 0; i < results.length; i++) {
            lane.bind(parts.first().outputs().get(i).buffer(), program.array(results[i]));
        }
    }

    long bytes() {
        return lanes * plan.bytes();
    }

    void plan(ScratchPlan scratch) {
        for (Step[][] some : steps) {
            Arrays.stream(some).flatMap(Arrays::stream).forEach(step -> step.plan(scratch));
        }
    }
}
