package dev.quern.cpu.gemm;

import dev.quern.expr.Expr;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A convolution over an input with zeros between its elements (ConvTranspose) as several without: with d − 1 zeros,
/// the output positions a, a + d, a + 2d … meet the input at every d-th tap only, and each such *phase* a is a
/// convolution of its own. What is left out is weight × 0, so constant weights must be finite; those that change are
/// taken to be (a training whose weights are not has come to its end). Phases that meet no tap at all have weights
/// without elements: they are zeros, if nothing follows.
final class Phases {
    /// More are not worth it.
    private static final int MOST = 64;

    private Phases() {}

    /// The phases that have output positions; none where `kernel` cannot be divided so.
    static List<Kernel.Convolve> of(Kernel.Convolve kernel, @Nullable Constant weights) {
        Kernel.Geometry g = kernel.geometry();
        int phases = g.inputDilations().stream().reduce(1, (a, b) -> a * b);
        boolean divides = phases > 1
                && phases <= MOST
                && g.strides().stream().allMatch(s -> s == 1)
                && g.dilations().stream().allMatch(d -> d == 1)
                && (weights == null || areFinite((float[]) weights.tensor().array()));
        boolean stays = kernel.epilogue().equals(Expr.arg(0, DType.F32));
        for (int axis = 0; axis < g.inputDilations().size(); axis++) {
            divides &= stays
                    || kernel.weights().dim(axis + 2) >= g.inputDilations().get(axis);
        }
        List<Kernel.Convolve> all = divides ? List.of(kernel) : List.of();
        for (int axis = 0; axis < g.inputDilations().size(); axis++) {
            int i = axis;
            all = all.stream().flatMap(k -> along(k, i).stream()).toList();
        }
        return all.isEmpty() || kernel.output().dim(1) > 1 ? all : ofPlane(kernel, all);
    }

    /// Phases of a single channel along rows as channels of one convolution, which gives rows of the output as they
    /// lie, where all meet the same positions of the input by a tap each; else `phases`.
    private static List<Kernel.Convolve> ofPlane(Kernel.Convolve kernel, List<Kernel.Convolve> phases) {
        int axis = kernel.output().rank() - 1;
        int d = kernel.geometry().inputDilations().getLast();
        boolean divides = d > 1 && kernel.output().dim(axis) % d == 0;
        List<Kernel.Convolve> rows = new ArrayList<>();
        for (int i = 0; divides && i < phases.size(); i += d) {
            List<Kernel.Convolve> row = phases.subList(i, i + d);
            Kernel.Convolve first = row.getFirst();
            divides = row.stream()
                    .allMatch(k -> k.weights().dim(axis) == 1 && k.geometry().equals(first.geometry()));
            if (divides) {
                rows.add(asChannels(first, row.get(1), d));
            }
        }
        return divides ? rows : phases;
    }

    /// @param second the phase beside `first`: others lie as far from each other
    private static Kernel.Convolve asChannels(Kernel.Convolve first, Kernel.Convolve second, int d) {
        List<View> operands = new ArrayList<>();
        for (int i = 0; i < first.epilogueOperands().size(); i++) {
            operands.add(channels(
                    first.epilogueOperands().get(i), second.epilogueOperands().get(i), 1, d));
        }
        return new Kernel.Convolve(
                first.input(),
                channels(first.weights(), second.weights(), 0, d),
                first.inputZero(),
                first.weightsZero(),
                first.geometry(),
                first.accumulate(),
                operands,
                first.epilogue(),
                channels(first.output(), second.output(), 1, d));
    }

    /// `first`, `second` and those that follow them along an axis on which each has one element.
    private static View channels(View first, View second, int axis, int d) {
        int[] dims = first.dims();
        int[] strides = first.strides();
        dims[axis] = d;
        strides[axis] = second.offset() - first.offset();
        return View.of(first.buffer(), first.dtype(), first.offset(), dims, strides);
    }

    /// The phases along the first spatial axis only, of a kernel that [can be divided][#of]: each has zeros between
    /// along the other.
    static List<Kernel.Convolve> ofRows(Kernel.Convolve kernel) {
        return along(kernel, 0);
    }

    private static boolean areFinite(float[] weights) {
        for (float w : weights) {
            if (!Float.isFinite(w)) {
                return false;
            }
        }
        return true;
    }

    /// The phases along one spatial axis.
    private static List<Kernel.Convolve> along(Kernel.Convolve k, int axis) {
        int d = k.geometry().inputDilations().get(axis);
        int padLow = k.geometry().padLow().get(axis);
        List<Kernel.Convolve> phases = new ArrayList<>();
        for (int a = 0; a < Math.min(d, k.output().dim(axis + 2)); a++) {
            int tap = Math.floorMod(padLow - a, d);
            int phase = a;
            int taps = Math.max(0, Math.ceilDiv(k.weights().dim(axis + 2) - tap, d));
            phases.add(new Kernel.Convolve(
                    k.input(),
                    taps == 0
                            ? k.weights().slice(axis + 2, 0, 0, 1)
                            : k.weights().slice(axis + 2, tap, taps, d),
                    k.inputZero(),
                    k.weightsZero(),
                    geometry(k.geometry(), axis, (padLow - a - tap) / d),
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
        return view.slice(axis, first, Math.ceilDiv(view.dim(axis) - first, step), step);
    }

    /// The same without zeros between along one axis.
    private static Kernel.Geometry geometry(Kernel.Geometry g, int axis, int padLow) {
        return new Kernel.Geometry(
                g.strides(),
                g.dilations(),
                with(g.padLow(), axis, padLow),
                g.padHigh(),
                with(g.inputDilations(), axis, 1),
                g.featureGroups(),
                g.batchGroups());
    }

    private static List<Integer> with(List<Integer> numbers, int at, int number) {
        List<Integer> changed = new ArrayList<>(numbers);
        changed.set(at, number);
        return List.copyOf(changed);
    }
}
