package dev.quern.cpu;

import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.parts.Parts;
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
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A program as a list of steps.
final class CpuExecutable implements Executable {
    private final Program program;
    private final FramePlan plan;
    private final Step[][] steps;

    /// In the place of steps that go part by part.
    private final @Nullable PartsLoop[] loops;

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
        Function<Buffers, StepCompiler> compilers =
                on -> new StepCompiler(blocks, transforms, windows, on, elementwise);
        Buffers buffers = Buffers.of(program, control);
        StepCompiler compiler = compilers.apply(buffers);
        this.elementwise = elementwise;
        this.warmer = warmer;
        this.pool = pool;
        this.threads = threads;
        this.inputBuffers = buffersWith(Buffer.Input.class);
        this.outputBuffers = buffersWith(Buffer.Output.class);
        this.steps = new Step[program.steps().size()][];
        this.loops = new PartsLoop[steps.length];
        for (int i = 0; i < steps.length; i++) {
            control.check();
            Kernel kernel = program.steps().get(i).kernel();
            if (kernel instanceof Kernel.Native whole && whole.op() instanceof Parts parts) {
                loops[i] = new PartsLoop(whole, parts, compilers, threads, control);
                steps[i] = new Step[0];
            } else {
                steps[i] = compiler.compile(kernel).toArray(Step[]::new);
            }
        }
        this.plan = FramePlan.of(program, buffers);
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
        final @Nullable PartsRun[] parts;
        final Team team;
        boolean settled;

        CpuFrame(CpuExecutable owner, Workspace workspace, @Nullable PartsRun[] parts, Team team) {
            this.owner = owner;
            this.workspace = workspace;
            this.parts = parts;
            this.team = team;
        }

        /// Once all that is constant has been asked for.
        void settle() {
            if (!settled) {
                workspace.settle();
                for (PartsRun some : parts) {
                    if (some != null) {
                        some.settle();
                    }
                }
                settled = true;
            }
        }
    }

    /// Temporaries, what steps hand to each other, and every worker's scratch.
    @Override
    public OptionalLong frameBytes() {
        ScratchPlan scratch = new ScratchPlan();
        long bytes = plan.bytes();
        for (int i = 0; i < steps.length; i++) {
            for (Step step : steps[i]) {
                step.plan(scratch);
            }
            PartsLoop loop = loops[i];
            if (loop != null) {
                loop.plan(scratch);
                bytes += loop.bytes();
            }
        }
        return OptionalLong.of(bytes + scratch.bytes() * threads);
    }

    @Override
    public Frame newFrame(RunControl control) {
        Workspace workspace = plan.newWorkspace(threads, control);
        @Nullable PartsRun[] parts = new PartsRun[loops.length];
        for (int i = 0; i < loops.length; i++) {
            PartsLoop loop = loops[i];
            parts[i] = loop == null ? null : new PartsRun(loop, control);
        }
        return new CpuFrame(this, workspace, parts, new Team(pool, workspace, threads));
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
                traced(own, control);
            } else {
                for (int i = 0; i < steps.length; i++) {
                    step(own, i, control);
                }
            }
        } finally {
            own.team.dismiss();
            own.workspace.watchedBy(RunControl.NONE);
        }
        own.settle();
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

    private void traced(CpuFrame frame, RunControl control) {
        for (int i = 0; i < steps.length; i++) {
            long start = System.nanoTime();
            step(frame, i, control);
            if (frame.parts[i] == null) {
                control.stepDone(program.steps().get(i), System.nanoTime() - start);
            }
        }
    }

    private void step(CpuFrame frame, int number, RunControl control) {
        PartsRun parts = frame.parts[number];
        if (parts != null) {
            parts.run(frame.team, frame.workspace, control);
            return;
        }
        try {
            for (Step step : steps[number]) {
                frame.team.run(step);
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
