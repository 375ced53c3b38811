package dev.quern.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Backend;
import dev.quern.backend.CancelledException;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// How an executable behaves besides computing: concurrent runs, cancellation, failures, traces.
final class RunChecks {
    private static final Backend.Settings TWO_THREADS = new Backend.Settings(2);
    private static final long LATENCY = TimeUnit.MILLISECONDS.toNanos(50);

    private RunChecks() {}

    static void concurrentRuns(Backend backend) throws Exception {
        KernelCase c = ProgramCases.perceptron(67);
        List<Tensor> expected = c.expected();
        try (Executable executable = backend.compile(c.program(), TWO_THREADS);
                ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<?>> runs = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                runs.add(callers.submit(() -> {
                    Executable.Frame frame = executable.newFrame();
                    for (int i = 0; i < 25; i++) {
                        Bits.assertSame(expected, BackendConformance.run(executable, frame, c), "beside other runs");
                    }
                }));
            }
            for (Future<?> run : runs) {
                run.get();
            }
        }
    }

    /// Stops a run when it asks for the `at`-th time whether it should, and keeps the time.
    private static final class Stop implements RunControl {
        private final AtomicLong left;
        private volatile long since;

        Stop(int at) {
            this.left = new AtomicLong(at);
        }

        @Override
        public boolean isCancelled() {
            boolean now = left.decrementAndGet() <= 0;
            if (now && since == 0) {
                since = System.nanoTime();
            }
            return now;
        }
    }

    /// Asks for the longest time between two questions whether to stop.
    private static final class Gaps implements RunControl {
        private long last = System.nanoTime();
        private long longest;

        @Override
        public synchronized boolean isCancelled() {
            long now = System.nanoTime();
            longest = Math.max(longest, now - last);
            last = now;
            return false;
        }
    }

    /// A run stops within 50 ms of being asked to, at whatever moment that is, and the next run in its frame is
    /// right.
    static void cancellation(Backend backend, KernelCase c) {
        try (Executable executable = backend.compile(c.program(), TWO_THREADS)) {
            Executable.Frame frame = executable.newFrame();
            List<Tensor> outputs = c.newOutputs();
            executable.run(frame, c.inputs(), outputs, RunControl.NONE);
            // a machine that does other work may hold a thread up: the best of some attempts counts
            long shortest = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 5; attempt++) {
                Stop stop = new Stop(2);
                assertThatThrownBy(() -> executable.run(frame, c.inputs(), c.newOutputs(), stop))
                        .isInstanceOf(CancelledException.class);
                shortest = Math.min(shortest, System.nanoTime() - stop.since);
            }
            assertThat(shortest).as("time to stop").isLessThan(LATENCY);
            Bits.assertSame(outputs, BackendConformance.run(executable, frame, c), "after a cancelled run");
            // The machine may be busy with something else: the best of a few runs counts.
            long longest = Long.MAX_VALUE;
            for (int i = 0; i < 5 && longest > LATENCY; i++) {
                Gaps gaps = new Gaps();
                executable.run(frame, c.inputs(), c.newOutputs(), gaps);
                longest = Math.min(longest, Math.max(gaps.longest, System.nanoTime() - gaps.last));
            }
            assertThat(longest).as("longest time without asking").isLessThan(LATENCY);
        }
    }

    /// A program that must fail, and what its message must say besides the name of the step.
    record Failure(KernelCase program, String said) {}

    static Stream<Failure> failures() {
        List<Failure> failures = new ArrayList<>();
        for (Kernel.Addressing addressing : Kernel.Addressing.values()) {
            for (int index : new int[] {3, -4, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                failures.add(gather(addressing, index));
                failures.add(scatter(addressing, index));
            }
        }
        for (DType type : List.of(DType.I8, DType.I32, DType.I64, DType.U8, DType.U64)) {
            for (BinaryFn fn : List.of(BinaryFn.DIV, BinaryFn.MOD, BinaryFn.REM)) {
                failures.add(byZero(fn, type));
            }
        }
        return failures.stream();
    }

    private static Tensor indices(int bad) {
        return Tensor.of(new long[] {0, 2, bad, 1}, 4);
    }

    private static Failure gather(Kernel.Addressing addressing, int bad) {
        CaseBuilder b = new CaseBuilder("Gather " + addressing + " at " + bad + " of 3");
        View x = b.input(DType.F32, 3);
        View at = b.input(indices(bad), addressing == Kernel.Addressing.ND ? new int[] {4, 1} : new int[] {4});
        Kernel kernel = new Kernel.Gather(x, at, addressing, 0, b.output(DType.F32, 4));
        return new Failure(b.build(kernel), String.valueOf(bad));
    }

    private static Failure scatter(Kernel.Addressing addressing, int bad) {
        CaseBuilder b = new CaseBuilder("Scatter " + addressing + " at " + bad + " of 3");
        View x = b.input(DType.F32, 3);
        View at = b.input(indices(bad), addressing == Kernel.Addressing.ND ? new int[] {4, 1} : new int[] {4});
        Kernel.Combine add = Kernel.Combine.ADD;
        Kernel kernel = new Kernel.Scatter(x, at, b.input(DType.F32, 4), addressing, 0, add, b.output(DType.F32, 3));
        return new Failure(b.build(kernel), String.valueOf(bad));
    }

    private static Failure byZero(BinaryFn fn, DType type) {
        CaseBuilder b = new CaseBuilder(fn + " of " + type + " by zero");
        View x = b.input(type, 20);
        View y = b.input(b.values().between(type, 0, 2, 20), 20);
        Expr e = Expr.arg(0, type).apply(fn, Expr.arg(1, type));
        return new Failure(b.build(new Kernel.Map(List.of(x, y), List.of(e), List.of(b.output(type, 20)))), "zero");
    }

    static void fails(Backend backend, Failure failure) {
        KernelCase c = failure.program();
        try (Executable executable = backend.compile(c.program(), TWO_THREADS)) {
            Executable.Frame frame = executable.newFrame();
            String step = c.program().steps().getFirst().name();
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> BackendConformance.run(executable, frame, c))
                        .isInstanceOf(RunException.class)
                        .hasMessageContaining(step)
                        .hasMessageContaining(failure.said());
            }
        }
    }

    static void traces(Backend backend) {
        KernelCase c = ProgramCases.perceptron(5);
        List<Program.Step> told = new ArrayList<>();
        try (Executable executable = backend.compile(c.program(), TWO_THREADS)) {
            executable.run(executable.newFrame(), c.inputs(), c.newOutputs(), new RunControl() {
                @Override
                public boolean isCancelled() {
                    return false;
                }

                @Override
                public boolean traces() {
                    return true;
                }

                @Override
                public void stepDone(Program.Step step, long nanos) {
                    told.add(step);
                }
            });
        }
        // a backend may do several steps at once
        assertThat(origins(told)).isEqualTo(origins(c.program().steps()));
    }

    private static List<String> origins(List<Program.Step> steps) {
        return steps.stream().flatMap(step -> step.origins().stream()).toList();
    }

    static void wrongTensors(Backend backend) {
        KernelCase c = ProgramCases.perceptron(5);
        try (Executable executable = backend.compile(c.program(), TWO_THREADS)) {
            Executable.Frame frame = executable.newFrame();
            List<Tensor> few = c.inputs().subList(0, 1);
            assertThatThrownBy(() -> executable.run(frame, few, c.newOutputs(), RunControl.NONE))
                    .isInstanceOf(ShapeException.class);
            List<Tensor> wide = new ArrayList<>(c.inputs());
            wide.set(0, Tensor.zeros(DType.F64, wide.getFirst().shape()));
            assertThatThrownBy(() -> executable.run(frame, wide, c.newOutputs(), RunControl.NONE))
                    .isInstanceOf(ShapeException.class);
            List<Tensor> small = new ArrayList<>(c.inputs());
            small.set(0, Tensor.zeros(DType.F32, 1));
            assertThatThrownBy(() -> executable.run(frame, small, c.newOutputs(), RunControl.NONE))
                    .isInstanceOf(ShapeException.class);
        }
    }
}
