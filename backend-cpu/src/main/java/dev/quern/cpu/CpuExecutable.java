package dev.quern.cpu;

import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Team;
import dev.quern.cpu.run.Warmer;
import dev.quern.cpu.run.WorkerPool;
import dev.quern.cpu.run.Workspace;
import dev.quern.cpu.window.WindowKernel;
import dev.quern.cpu.winograd.TransformKernel;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A program as a list of steps.
final class CpuExecutable implements Executable {
    private final Program program;
    private final int[] sharedLengths;
    private final List<Buffers.Extra> extras;
    private final Step[][] steps;
    private final int[] inputBuffers;
    private final int[] outputBuffers;
    private final Elementwise elementwise;
    private final Warmer warmer;
    private final WorkerPool pool;
    private final int threads;

    /// @param control stops the preparation
    CpuExecutable(
            Program program,
            BlockKernel blocks,
            TransformKernel transforms,
            @Nullable WindowKernel windows,
            Elementwise elementwise,
            Warmer warmer,
            WorkerPool pool,
            int threads,
            RunControl control) {
        this.program = program;
        Buffers buffers = new Buffers(program, control);
        StepCompiler compiler = new StepCompiler(blocks, transforms, windows, buffers, elementwise);
        this.elementwise = elementwise;
        this.warmer = warmer;
        this.pool = pool;
        this.threads = threads;
        this.inputBuffers = buffersWith(Buffer.Input.class);
        this.outputBuffers = buffersWith(Buffer.Output.class);
        this.steps = new Step[program.steps().size()][];
        for (int i = 0; i < steps.length; i++) {
            control.check();
            steps[i] = compiler.compile(program.steps().get(i).kernel()).toArray(Step[]::new);
        }
        this.sharedLengths =
                IntStream.range(0, Buffers.SHARED).map(buffers::sharedLength).toArray();
        this.extras = buffers.extras();
    }

    private int[] buffersWith(Class<? extends Buffer.Role> role) {
        return IntStream.range(0, program.buffers().size())
                .filter(i -> role.isInstance(program.buffers().get(i).role()))
                .toArray();
    }

    /// The arrays of a run, and the team that works on it.
    private static final class CpuFrame implements Frame {
        final CpuExecutable owner;
        final Workspace workspace;
        final Team team;
        boolean settled;

        CpuFrame(CpuExecutable owner, Workspace workspace, Team team) {
            this.owner = owner;
            this.workspace = workspace;
            this.team = team;
        }
    }

    /// Temporaries, what steps hand to each other, and every worker's scratch.
    @Override
    public OptionalLong frameBytes() {
        ScratchPlan scratch = new ScratchPlan();
        for (Step[] some : steps) {
            for (Step step : some) {
                step.plan(scratch);
            }
        }
        long floats = Arrays.stream(sharedLengths).asLongStream().sum()
                + extras.stream()
                        .filter(e -> e.constant() == null)
                        .mapToLong(Buffers.Extra::length)
                        .sum();
        return OptionalLong.of(program.frameBytes() + floats * Float.BYTES + scratch.bytes() * threads);
    }

    @Override
    public Frame newFrame(RunControl control) {
        Object[] slots = new Object[program.slots().size()];
        for (int i = 0; i < slots.length; i++) {
            control.check();
            Program.Slot slot = program.slots().get(i);
            slots[i] = slot.dtype().newArray(slot.length());
        }
        Workspace workspace = new Workspace(program.buffers().size() + Buffers.SHARED + extras.size(), threads);
        for (int i = 0; i < program.buffers().size(); i++) {
            switch (program.buffers().get(i).role()) {
                case Buffer.Fixed(var constant) -> workspace.bind(i, constant);
                case Buffer.Temporary(int slot) -> workspace.bind(i, slots[slot]);
                case Buffer.Input ignored -> {}
                case Buffer.Output ignored -> {}
            }
        }
        for (int i = 0; i < sharedLengths.length; i++) {
            control.check();
            workspace.bind(program.buffers().size() + i, new float[sharedLengths[i]]);
        }
        for (int i = 0; i < extras.size(); i++) {
            control.check();
            int buffer = program.buffers().size() + Buffers.SHARED + i;
            Constant constant = extras.get(i).constant();
            if (constant == null) {
                workspace.bind(buffer, new float[extras.get(i).length()]);
            } else {
                workspace.bind(buffer, constant);
            }
        }
        return new CpuFrame(this, workspace, new Team(pool, workspace, threads));
    }

    @Override
    public void run(Frame frame, List<Tensor> inputs, List<Tensor> outputs, RunControl control) {
        if (!(frame instanceof CpuFrame own) || own.owner != this) {
            throw new ShapeException("a frame of this executable is needed, not one of another");
        }
        bind(own.workspace, inputs, outputs);
        own.workspace.watchedBy(control);
        try {
            if (control.traces()) {
                traced(own.team, control);
            } else {
                for (int i = 0; i < steps.length; i++) {
                    step(own.team, i);
                }
            }
        } finally {
            own.team.dismiss();
            own.workspace.watchedBy(RunControl.NONE);
        }
        if (!own.settled) {
            own.workspace.settle();
            own.settled = true;
        }
        handThrough(own.workspace, outputs);
    }

    private void bind(Workspace workspace, List<Tensor> inputs, List<Tensor> outputs) {
        if (inputs.size() != program.inputs().size()
                || outputs.size() != program.outputs().size()) {
            throw new ShapeException("the program takes " + program.inputs().size() + " inputs and gives "
                    + program.outputs().size() + " outputs, not " + inputs.size() + " and " + outputs.size());
        }
        for (int buffer : inputBuffers) {
            Buffer.Input role = (Buffer.Input) program.buffers().get(buffer).role();
            workspace.bind(buffer, checked("input", role.index(), inputs.get(role.index()), buffer));
        }
        for (int buffer : outputBuffers) {
            Buffer.Output role = (Buffer.Output) program.buffers().get(buffer).role();
            workspace.bind(buffer, checked("output", role.index(), outputs.get(role.index()), buffer));
        }
    }

    /// The array of a tensor that is to be buffer `number`.
    private Object checked(String what, int index, Tensor tensor, int number) {
        Buffer buffer = program.buffers().get(number);
        if (tensor.dtype() != buffer.dtype() || tensor.length() != buffer.length()) {
            throw new ShapeException(what + " " + index + " must have " + buffer.length() + " elements of "
                    + buffer.dtype() + ", not " + tensor.length() + " of " + tensor.dtype());
        }
        return tensor.array();
    }

    @Override
    public void awaitReady() throws InterruptedException {
        elementwise.prepare();
        warmer.await();
    }

    private void traced(Team team, RunControl control) {
        for (int i = 0; i < steps.length; i++) {
            long start = System.nanoTime();
            step(team, i);
            control.stepDone(program.steps().get(i), System.nanoTime() - start);
        }
    }

    private void step(Team team, int number) {
        try {
            for (Step step : steps[number]) {
                team.run(step);
            }
        } catch (RunException | ArithmeticException e) {
            throw new RunException("\"" + program.steps().get(number).name() + "\": " + e.getMessage(), e);
        }
    }

    /// Copies the results that are windows on something else than a result of their own.
    private void handThrough(Workspace workspace, List<Tensor> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            View view = program.outputs().get(i);
            if (program.buffers().get(view.buffer()).role() instanceof Buffer.Output(int index) && index == i) {
                continue;
            }
            System.arraycopy(
                    workspace.array(view.buffer()),
                    view.offset(),
                    outputs.get(i).array(),
                    0,
                    view.length());
        }
    }
}
