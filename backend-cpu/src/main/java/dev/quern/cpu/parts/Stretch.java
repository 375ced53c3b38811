package dev.quern.cpu.parts;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Steps one after another that can be divided alike: all of them for the first part, then all for the second, is the
/// same as one after another for all parts.
final class Stretch {
    private final Program program;
    private final Division division;
    private final int first;
    private final List<Map<View, Integer>> axes = new ArrayList<>();
    private final Set<Integer> written = new HashSet<>();
    private final Set<Integer> readWhole = new HashSet<>();

    private Stretch(Program program, Division division, int first) {
        this.program = program;
        this.division = division;
        this.first = first;
    }

    /// The longest one that begins with step `first` and ends before `end`; empty where that step cannot be divided.
    static Stretch from(Program program, Division division, int first, int end) {
        Stretch stretch = new Stretch(program, division, first);
        while (stretch.end() < end
                && stretch.takes(program.steps().get(stretch.end()).kernel())) {
            // and so on
        }
        return stretch;
    }

    int first() {
        return first;
    }

    /// One behind the last step.
    int end() {
        return first + axes.size();
    }

    Division division() {
        return division;
    }

    /// The steps `from` to `to` of it alone.
    Stretch cut(int from, int to) {
        return from(program, division, from, to);
    }

    /// Along which axis a view of a step is divided; −1 for one that all parts read whole.
    int axis(int step, View view) {
        return axis(axes.get(step - first), view);
    }

    private static int axis(Map<View, Integer> along, View view) {
        return along.getOrDefault(view, BatchAxes.WHOLE);
    }

    /// Adds a step, if it can be divided and none of its parts would meet what another part writes.
    private boolean takes(Kernel kernel) {
        int axis = division.axis(kernel.outputs().getFirst());
        Optional<Map<View, Integer>> found = axis < 0 ? Optional.empty() : BatchAxes.of(kernel, axis);
        if (found.isEmpty()) {
            return false;
        }
        Map<View, Integer> along = found.get();
        Set<Integer> nowWritten = new HashSet<>(written);
        Set<Integer> nowWhole = new HashSet<>(readWhole);
        kernel.outputs().forEach(v -> nowWritten.add(v.buffer()));
        kernel.inputs().stream().filter(v -> isWhole(v, along)).forEach(v -> nowWhole.add(v.buffer()));
        boolean divides = Stream.concat(kernel.inputs().stream(), kernel.outputs().stream())
                .allMatch(v -> isWhole(v, along) || division.divides(v, axis(along, v)));
        if (!divides
                || !hasFixedWeights(kernel, along)
                || nowWhole.stream().anyMatch(nowWritten::contains)
                || mayOverwrite(nowWritten, nowWhole)) {
            return false;
        }
        written.addAll(nowWritten);
        readWhole.addAll(nowWhole);
        axes.add(along);
        return true;
    }

    private boolean isWhole(View view, Map<View, Integer> along) {
        return division.repeats(view, axis(along, view));
    }

    /// A caller may give one array for an argument and a result.
    private boolean mayOverwrite(Set<Integer> nowWritten, Set<Integer> nowWhole) {
        return nowWritten.stream().anyMatch(b -> program.role(b) instanceof Buffer.Output)
                && nowWhole.stream().anyMatch(b -> program.role(b) instanceof Buffer.Input);
    }

    /// What is the same for all parts of a product is packed once only if it never changes, and the choice of an
    /// algorithm depends on the batch only where it does.
    private boolean hasFixedWeights(Kernel kernel, Map<View, Integer> along) {
        return switch (kernel) {
            case Kernel.Contract k ->
                Stream.of(k.a(), k.b()).allMatch(v -> program.constant(v.buffer()) != null || !isWhole(v, along));
            case Kernel.Convolve k -> program.constant(k.weights().buffer()) != null;
            case Kernel.Map ignored -> true;
            case Kernel.Reduce ignored -> true;
            case Kernel.Window ignored -> true;
            case Kernel.Gather ignored -> true;
            case Kernel.Scatter ignored -> true;
            case Kernel.Cumulate ignored -> true;
            case Kernel.Sort ignored -> true;
            case Kernel.Native ignored -> true;
        };
    }
}
