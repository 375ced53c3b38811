package dev.quern.cpu.parts;

import dev.quern.backend.RunControl;
import dev.quern.compile.Compiler;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Puts [Parts] in the place of stretches of a program whose values are more than the cache holds, wherever that saves
/// more than it costs to read the stretch's weights again for each part. The choice depends on sizes alone.
public final class PartByPart {
    /// Steps where a stretch begins and ends are made anew for each part, so there are not more.
    private static final int MOST = 64;

    private final Program program;
    private final int threads;
    private final Costs costs;
    private final RunControl control;

    private PartByPart(Program program, int threads, Costs costs, RunControl control) {
        this.program = program;
        this.threads = threads;
        this.costs = costs;
        this.control = control;
    }

    /// What decides.
    ///
    /// @param cache bytes that steps one after another may read and write for the second to find them in the cache
    /// @param begin what it costs to begin a step once more, in bytes that could be read from memory instead
    /// @param weight what it costs to read a byte of weights once more, from the cache, likewise
    public record Costs(long cache, long begin, double weight) {
        /// Of a third-level cache that the processor's other work has its share of.
        public static final Costs USUAL = new Costs(4 << 20, 20_000, 0.25);
    }

    /// `program`, or the same with stretches that go part by part.
    ///
    /// @param threads of a run, which may each work on a part of its own
    public static Program in(Program program, int threads, Costs costs, RunControl control) {
        PartByPart pass = new PartByPart(program, threads, costs, control);
        List<Stretch> chosen = pass.best(0, program.steps().size());
        return chosen.isEmpty() ? program : Compiler.replanned(pass.rewritten(chosen), control);
    }

    /// A stretch, and what dividing it saves.
    private record Choice(Stretch stretch, double gain) {}

    /// The best stretches of the steps `from` to `to`, in order.
    private List<Stretch> best(int from, int to) {
        Optional<Choice> best = IntStream.range(from, to)
                .filter(step -> moved(step) > costs.cache())
                .map(this::extent)
                .distinct()
                .flatMap(PartByPart::divisors)
                .distinct()
                .boxed()
                .flatMap(parts -> choices(parts, from, to))
                .max(Comparator.comparingDouble(Choice::gain));
        if (best.isEmpty()) {
            return List.of();
        }
        Stretch stretch = best.get().stretch();
        return Stream.of(best(from, stretch.first()), List.of(stretch), best(stretch.end(), to))
                .flatMap(List::stream)
                .toList();
    }

    /// The leading extent of what a step makes.
    private int extent(int step) {
        View made = program.steps().get(step).kernel().outputs().getFirst();
        return made.rank() == 0 ? 1 : made.dim(0);
    }

    private static IntStream divisors(int extent) {
        return IntStream.rangeClosed(2, Math.min(extent, MOST)).filter(n -> extent % n == 0);
    }

    private Stream<Choice> choices(int parts, int from, int to) {
        control.check();
        Division division = new Division(program.buffers(), parts);
        List<Choice> choices = new ArrayList<>();
        int next = from;
        while (next < to) {
            Stretch longest = Stretch.from(program, division, next, to);
            if (longest.end() > next) {
                richest(longest).ifPresent(choices::add);
            }
            next = Math.max(next + 1, longest.end());
        }
        return choices.stream();
    }

    /// The steps of `longest` one after another that save most, if any do.
    private Optional<Choice> richest(Stretch longest) {
        double best = costs.cache();
        int bestFirst = 0;
        int bestEnd = 0;
        double sum = 0;
        int first = longest.first();
        for (int step = first; step < longest.end(); step++) {
            sum += gain(step, longest.division().parts());
            if (sum > best) {
                best = sum;
                bestFirst = first;
                bestEnd = step + 1;
            }
            if (sum < 0) {
                sum = 0;
                first = step + 1;
            }
        }
        return bestEnd - bestFirst < 2
                ? Optional.empty()
                : Optional.of(new Choice(longest.cut(bestFirst, bestEnd), best));
    }

    private double gain(int step, int parts) {
        long moved = moved(step);
        double saved = moved * (share(moved / parts * Math.min(threads, parts)) - share(moved));
        return saved - (parts - 1) * (costs.weight() * fixed(step) + costs.begin());
    }

    /// How much of what a step reads is in the cache still, where it and the step before move so many bytes.
    private double share(long moved) {
        return Math.min(1, (double) costs.cache() / Math.max(1, moved));
    }

    /// The bytes that a step reads and writes, but for constants.
    private long moved(int step) {
        return views(step)
                .filter(v -> !isFixed(v))
                .mapToLong(v -> (long) Math.min(v.length(), buffer(v).length())
                        * v.dtype().bytes())
                .sum();
    }

    private long fixed(int step) {
        return views(step)
                .filter(this::isFixed)
                .map(this::buffer)
                .mapToLong(b -> (long) b.length() * b.dtype().bytes())
                .sum();
    }

    private Stream<View> views(int step) {
        Kernel kernel = program.steps().get(step).kernel();
        return Stream.concat(kernel.inputs().stream(), kernel.outputs().stream())
                .distinct();
    }

    private boolean isFixed(View view) {
        return program.constant(view.buffer()) != null;
    }

    private Buffer buffer(View view) {
        return program.buffers().get(view.buffer());
    }

    private Program rewritten(List<Stretch> stretches) {
        List<Program.Step> steps = new ArrayList<>();
        int next = 0;
        for (Stretch stretch : stretches) {
            steps.addAll(program.steps().subList(next, stretch.first()));
            steps.add(new Program.Step(PartsOfStretch.of(program, stretch, control), List.of()));
            next = stretch.end();
        }
        steps.addAll(program.steps().subList(next, program.steps().size()));
        return new Program(program.buffers(), program.slots(), program.inputs(), program.outputs(), steps);
    }
}
