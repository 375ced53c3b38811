package dev.quern.cpu;

import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Team;
import dev.quern.cpu.run.Workspace;
import java.util.Arrays;

/// A [PartsLoop] on the arrays of one frame. A unit is a part.
final class PartsRun implements Step {
    private final PartsLoop loop;
    private final Workspace[] lanes;

    /// By lane and step, what a profile is told.
    private final long[][] nanos;

    private boolean traces;

    PartsRun(PartsLoop loop, RunControl control) {
        this.loop = loop;
        this.lanes = new Workspace[loop.lanes()];
        this.nanos = new long[lanes.length][loop.whole().size()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = loop.newLane(control);
        }
    }

    /// Runs all parts.
    ///
    /// @param program the arrays of the program that the stretch is of
    void run(Team team, Workspace program, RunControl control) {
        long start = System.nanoTime();
        traces = control.traces();
        for (Workspace lane : lanes) {
            loop.bind(lane, program);
            lane.watchedBy(control);
        }
        try {
            team.run(this);
            for (int part = units(); part < loop.parts(); part++) {
                divided(team, part);
            }
        } finally {
            for (Workspace lane : lanes) {
                lane.watchedBy(RunControl.NONE);
            }
        }
        if (traces) {
            report(control, System.nanoTime() - start);
        }
    }

    void settle() {
        for (Workspace lane : lanes) {
            lane.settle();
        }
    }

    /// Without those that are left when all lanes have had as many.
    @Override
    public int units() {
        return lanes.length == 1 ? 0 : loop.parts() - loop.parts() % lanes.length;
    }

    @Override
    public long nanosPerUnit() {
        long sum = 0;
        for (Step[] some : loop.steps(0)) {
            for (Step step : some) {
                sum += step.units() * step.nanosPerUnit();
            }
        }
        return sum;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Workspace lane = lanes[scratch.worker()];
        for (int part = from; part < to; part++) {
            Step[][] steps = loop.steps(part);
            for (int i = 0; i < steps.length; i++) {
                long start = traces ? System.nanoTime() : 0;
                try {
                    for (Step step : steps[i]) {
                        Team.alone(step, lane, scratch, 0, step.units());
                    }
                } catch (RunException | ArithmeticException e) {
                    throw loop.failed(i, e);
                }
                if (traces) {
                    nanos[scratch.worker()][i] += System.nanoTime() - start;
                }
            }
        }
    }

    private void divided(Team team, int part) {
        Step[][] steps = loop.steps(part);
        for (int i = 0; i < steps.length; i++) {
            long start = traces ? System.nanoTime() : 0;
            try {
                for (Step step : steps[i]) {
                    team.run(step, lanes[0]);
                }
            } catch (RunException | ArithmeticException e) {
                throw loop.failed(i, e);
            }
            if (traces) {
                // as much as all lanes together
                nanos[0][i] += (System.nanoTime() - start) * lanes.length;
            }
        }
    }

    /// Tells of each step its share of the time that the stretch took.
    private void report(RunControl control, long took) {
        long all = Arrays.stream(nanos).flatMapToLong(Arrays::stream).sum();
        for (int i = 0; i < loop.whole().size(); i++) {
            long sum = 0;
            for (long[] lane : nanos) {
                sum += lane[i];
                lane[i] = 0;
            }
            control.stepDone(loop.whole().get(i), Math.round((double) took * sum / Math.max(1, all)));
        }
    }
}
