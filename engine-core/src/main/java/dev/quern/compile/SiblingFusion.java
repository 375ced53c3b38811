package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.expr.Expr;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Makes one Map of several that follow each other, loop over the same extents and have an operand in common, or of
/// which one reads what the other writes: one pass instead of two, and what their expressions share is computed once.
/// So
/// the gradients of an LSTM's gates take each sigmoid from one evaluation.
///
/// Only Maps without another kernel between them are joined, so no value lives longer. Buffers of which elements are
/// written twice, as those that are filled before a part is written, are left alone; of others only that counts what is
/// read after it was written.
final class SiblingFusion {
    /// Operands and results together; so many addresses fit into the registers of a processor.
    private static final int MOST_VIEWS = 8;

    /// How many Maps are looked at together.
    private static final int WINDOW = 8;

    private SiblingFusion() {}

    static void run(Draft draft, RunControl control) {
        BitSet twice = writtenTwice(draft);
        List<Program.Step> left = new ArrayList<>();
        List<Program.Step> maps = new ArrayList<>();
        for (Program.Step s : draft.steps()) {
            control.check();
            boolean isMap = s.kernel() instanceof Kernel.Map map
                    && Stream.concat(map.inputs().stream(), map.outputs().stream())
                            .noneMatch(v -> twice.get(v.buffer()));
            if (!isMap || maps.size() == WINDOW) {
                left.addAll(joined(maps));
                maps.clear();
            }
            (isMap ? maps : left).add(s);
        }
        left.addAll(joined(maps));
        draft.setSteps(left);
    }

    /// Buffers that more elements are written of than they have.
    private static BitSet writtenTwice(Draft draft) {
        long[] written = new long[draft.buffers()];
        draft.steps().stream()
                .flatMap(s -> s.kernel().outputs().stream())
                .forEach(v -> written[v.buffer()] += v.length());
        BitSet twice = new BitSet();
        IntStream.range(0, written.length)
                .filter(b -> written[b] > draft.length(b))
                .forEach(twice::set);
        return twice;
    }

    /// The same with the pair that has most in common joined, again and again.
    private static List<Program.Step> joined(List<Program.Step> maps) {
        List<Program.Step> steps = new ArrayList<>(maps);
        while (joinBest(steps)) {
            // until no pair is left to join
        }
        return steps;
    }

    private static boolean joinBest(List<Program.Step> steps) {
        int most = 0;
        int first = -1;
        int second = -1;
        for (int i = 0; i < steps.size(); i++) {
            for (int j = i + 1; j < steps.size(); j++) {
                int common = fits(map(steps.get(i)), map(steps.get(j))) ? common(steps.get(i), steps.get(j)) : 0;
                if (common > most && (risesPast(steps, i, j) || sinksPast(steps, i, j))) {
                    most = common;
                    first = i;
                    second = j;
                }
            }
        }
        if (most == 0) {
            return false;
        }
        Program.Step a = steps.get(first);
        Program.Step b = steps.get(second);
        Set<String> origins = new LinkedHashSet<>(a.origins());
        origins.addAll(b.origins());
        Program.Step both = new Program.Step(join(map(a), map(b)), List.copyOf(origins));
        boolean rises = risesPast(steps, first, second);
        steps.set(rises ? first : second, both);
        steps.remove(rises ? second : first);
        return true;
    }

    private static Kernel.Map map(Program.Step step) {
        return (Kernel.Map) step.kernel();
    }

    /// Whether the second may be computed at the place of the first.
    private static boolean risesPast(List<Program.Step> steps, int first, int second) {
        Collection<Integer> read = buffers(map(steps.get(second)).inputs());
        return IntStream.range(first + 1, second)
                .allMatch(k -> map(steps.get(k)).outputs().stream().noneMatch(v -> read.contains(v.buffer())));
    }

    /// Whether the first may be computed at the place of the second.
    private static boolean sinksPast(List<Program.Step> steps, int first, int second) {
        Collection<Integer> written = buffers(map(steps.get(first)).outputs());
        return IntStream.range(first + 1, second)
                .allMatch(k -> map(steps.get(k)).inputs().stream().noneMatch(v -> written.contains(v.buffer())));
    }

    private static Collection<Integer> buffers(List<View> views) {
        return views.stream().map(View::buffer).toList();
    }

    /// Whether one loop can do what both do: `b` meets what `a` writes only element by element.
    private static boolean fits(Kernel.Map a, Kernel.Map b) {
        Collection<Integer> written = buffers(a.outputs());
        boolean elementwise = b.inputs().stream()
                .filter(v -> written.contains(v.buffer()))
                .allMatch(v -> a.outputs().contains(v) && v.dtype() == v.dtype().computeType());
        return elementwise
                && Arrays.equals(a.extent(), b.extent())
                && operands(a, b).size() + a.outputs().size() + b.outputs().size() <= MOST_VIEWS
                && Stream.of(a, b)
                                .flatMap(m -> m.exprs().stream())
                                .mapToInt(ExprCost::nodes)
                                .sum()
                        <= Fusion.MOST_NODES;
    }

    /// How many views of whole extents both have.
    private static int common(Program.Step a, Program.Step b) {
        Set<View> seen = new HashSet<>(map(a).inputs());
        seen.addAll(map(a).outputs());
        return (int) map(b).inputs().stream()
                .distinct()
                .filter(v -> seen.contains(v) && isWhole(v))
                .count();
    }

    private static boolean isWhole(View v) {
        return v.length() > 1 && IntStream.range(0, v.rank()).allMatch(axis -> v.dim(axis) == 1 || v.stride(axis) != 0);
    }

    /// What the joined Map reads.
    private static List<View> operands(Kernel.Map a, Kernel.Map b) {
        Set<View> all = new LinkedHashSet<>(a.inputs());
        b.inputs().stream().filter(v -> !a.outputs().contains(v)).forEach(all::add);
        return List.copyOf(all);
    }

    private static Kernel.Map join(Kernel.Map a, Kernel.Map b) {
        List<View> operands = operands(a, b);
        List<Expr> exprs = new ArrayList<>();
        for (Expr e : a.exprs()) {
            exprs.add(Substitution.renumber(e, i -> operands.indexOf(a.inputs().get(i))));
        }
        for (Expr e : b.exprs()) {
            exprs.add(Substitution.of(e, arg -> {
                View v = b.inputs().get(arg.index());
                int written = a.outputs().indexOf(v);
                return written < 0 ? Expr.arg(operands.indexOf(v), arg.dtype()) : exprs.get(written);
            }));
        }
        List<View> outputs = new ArrayList<>(a.outputs());
        outputs.addAll(b.outputs());
        return new Kernel.Map(operands, exprs, outputs);
    }
}
