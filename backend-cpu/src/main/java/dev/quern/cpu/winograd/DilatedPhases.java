package dev.quern.cpu.winograd;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A convolution with dilation d and stride 1 as several without: the output positions a, a + d, a + 2d … meet, at all
/// their taps, only the input positions of one remainder by d.
final class DilatedPhases {
    private DilatedPhases() {}

    /// The phases of a convolution whose strides are 1.
    static List<Kernel.Convolve> of(Kernel.Convolve kernel) {
        List<Kernel.Convolve> all = List.of(kernel);
        for (int axis = 0; axis < kernel.geometry().dilations().size(); axis++) {
            int i = axis;
            all = all.stream().flatMap(k -> along(k, i).stream()).toList();
        }
        return all;
    }

    private static List<Kernel.Convolve> along(Kernel.Convolve k, int axis) {
        Kernel.Geometry g = k.geometry();
        int d = g.dilations().get(axis);
        List<Kernel.Convolve> phases = new ArrayList<>();
        for (int a = 0; a < Math.min(d, k.output().dim(axis + 2)); a++) {
            int phase = a;
            int first = a - g.padLow().get(axis);
            int remainder = Math.floorMod(first, d);
            if (remainder >= k.input().dim(axis + 2)) {
                return List.of();
            }
            phases.add(new Kernel.Convolve(
                    every(k.input(), axis + 2, remainder, d),
                    k.weights(),
                    k.inputZero(),
                    k.weightsZero(),
                    new Kernel.Geometry(
                            g.strides(),
                            with(g.dilations(), axis, 1),
                            with(g.padLow(), axis, -Math.floorDiv(first, d)),
                            g.padHigh(),
                            g.inputDilations(),
                            g.featureGroups(),
                            g.batchGroups()),
                    k.accumulate(),
                    k.epilogueOperands().stream()
                            .map(v -> every(v, axis + 2, phase, d))
                            .toList(),
                    k.epilogue(),
                    every(k.output(), axis + 2, phase, d)));
        }
        return phases;
    }

    private static View every(View view, int axis, int first, int step) {
        return step == 1 ? view : view.slice(axis, first, Math.ceilDiv(view.dim(axis) - first, step), step);
    }

    private static List<Integer> with(List<Integer> numbers, int at, int number) {
        List<Integer> changed = new ArrayList<>(numbers);
        changed.set(at, number);
        return Collections.unmodifiableList(changed);
    }
}
