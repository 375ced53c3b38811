package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Drops copies by letting both sides share memory, as register allocators coalesce moves (Chaitin et al., 1981).
///
/// A temporary that is copied as a whole into a part of another buffer lives in that part from the start, so the
/// gradients that the steps of a recurrence join are written where they are joined. A temporary of which every part is
/// copied from the same place of another one is that other one. What convolutions and pools touch stays apart: a
/// backend chooses its layout.
final class Coalescing {
    private final Draft draft;
    private final List<Program.Step> steps;
    private final Uses uses;
    private final BitSet gone = new BitSet();
    private final BitSet images = new BitSet();

    private Coalescing(Draft draft) {
        this.draft = draft;
        this.steps = new ArrayList<>(draft.steps());
        this.uses = Uses.of(draft);
        for (Program.Step s : draft.steps()) {
            if (s.kernel() instanceof Kernel.Convolve || s.kernel() instanceof Kernel.Window) {
                s.kernel().inputs().forEach(v -> images.set(v.buffer()));
                s.kernel().outputs().forEach(v -> images.set(v.buffer()));
            }
        }
    }

    static void run(Draft draft, RunControl control) {
        Coalescing c = new Coalescing(draft);
        for (int s = 0; s < c.steps.size(); s++) {
            control.check();
            if (isCopy(c.kernel(s)) && c.livesInPart(s)) {
                View part = c.target(s);
                c.merge(c.source(s).buffer(), part.buffer(), part.offset(), List.of(s));
            }
        }
        for (int b = 0; b < draft.buffers(); b++) {
            control.check();
            List<Integer> copies = c.uses.writers(b);
            if (c.isDuplicate(b)) {
                int first = copies.getFirst();
                c.merge(b, c.source(first).buffer(), c.distance(first), List.copyOf(copies));
            }
        }
        draft.setSteps(IntStream.range(0, c.steps.size())
                .filter(s -> !c.gone.get(s))
                .mapToObj(c.steps::get)
                .toList());
    }

    private Kernel kernel(int step) {
        return steps.get(step).kernel();
    }

    private View source(int copy) {
        return kernel(copy).inputs().getFirst();
    }

    private View target(int copy) {
        return kernel(copy).outputs().getFirst();
    }

    /// Whether `kernel` only moves elements, in their order.
    private static boolean isCopy(Kernel kernel) {
        if (!(kernel instanceof Kernel.Map map)
                || map.inputs().size() != 1
                || map.outputs().size() != 1
                || !map.exprs()
                        .getFirst()
                        .equals(Expr.arg(0, map.inputs().getFirst().dtype()))) {
            return false;
        }
        View from = map.inputs().getFirst();
        View to = map.outputs().getFirst();
        return from.dtype() == to.dtype()
                && from.buffer() != to.buffer()
                && from.isContiguous()
                && to.isContiguous()
                && to.length() > 0;
    }

    /// Whether the temporary that `copy` reads may lie in the part that it writes: nothing else writes there, and no
    /// step reads one and writes the other.
    private boolean livesInPart(int copy) {
        int from = source(copy).buffer();
        int to = target(copy).buffer();
        if (!draft.isTemporary(from)
                || source(copy).length() != draft.length(from)
                || images.get(from)
                || images.get(to)
                || uses.writers(from).isEmpty()
                || isOfOneMap(from)
                || uses.writers(from).getLast() > copy) {
            return false;
        }
        return uses.writers(to).stream()
                        .filter(s -> s != copy)
                        .allMatch(s -> isBeside(s, target(copy)) && !reads(s, from))
                && uses.writers(from).stream().noneMatch(s -> reads(s, to));
    }

    /// Whether a Map makes all of `buffer`: a backend may compute it with the product before, which reads other parts.
    private boolean isOfOneMap(int buffer) {
        return uses.onlyWriter(buffer) >= 0 && kernel(uses.onlyWriter(buffer)) instanceof Kernel.Map;
    }

    /// Whether what `step` writes of the buffer of `part` lies before or behind it.
    private boolean isBeside(int step, View part) {
        return kernel(step).outputs().stream()
                .filter(v -> v.buffer() == part.buffer())
                .allMatch(v -> lowest(v) >= part.offset() + part.length() || highest(v) < part.offset());
    }

    private static int lowest(View v) {
        int at = v.offset();
        for (int i = 0; i < v.rank(); i++) {
            at += Math.min(0, (v.dim(i) - 1) * v.stride(i));
        }
        return at;
    }

    private static int highest(View v) {
        int at = v.offset();
        for (int i = 0; i < v.rank(); i++) {
            at += Math.max(0, (v.dim(i) - 1) * v.stride(i));
        }
        return at;
    }

    private boolean reads(int step, int buffer) {
        return kernel(step).inputs().stream().anyMatch(v -> v.buffer() == buffer);
    }

    /// Whether `buffer` is copied part by part from one temporary, from the same distance, once that is complete.
    private boolean isDuplicate(int buffer) {
        List<Integer> copies = uses.writers(buffer);
        if (!draft.isTemporary(buffer) || images.get(buffer) || copies.isEmpty()) {
            return false;
        }
        int first = copies.getFirst();
        if (!copies.stream().allMatch(s -> isCopy(kernel(s)))) {
            return false;
        }
        int from = source(first).buffer();
        return draft.isTemporary(from)
                && !images.get(from)
                && copies.stream().allMatch(s -> source(s).buffer() == from && distance(s) == distance(first))
                && uses.writers(from).stream().allMatch(s -> s < first);
    }

    /// How much further on than its target the source of a copy lies.
    private int distance(int copy) {
        return source(copy).offset() - target(copy).offset();
    }

    /// Lets every view of buffer `from` be one of buffer `to`, `distance` further on, without `copies`.
    private void merge(int from, int to, int distance, List<Integer> copies) {
        copies.forEach(gone::set);
        uses.merge(from, to, copies);
        UnaryOperator<View> move =
                v -> v.buffer() == from ? View.of(to, v.dtype(), v.offset() + distance, v.dims(), v.strides()) : v;
        Stream.of(uses.writers(to), uses.readers(to))
                .flatMap(List::stream)
                .filter(s -> s < steps.size())
                .forEach(s -> steps.set(
                        s,
                        new Program.Step(kernel(s).withViews(move), steps.get(s).origins())));
    }
}
