package dev.quern.codegen;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Attention as a GPU does it in one launch, without storing the scores: a product, reductions and maps of its rows,
/// and
/// the product of these rows.
///
/// @param steps in order, over the space of the scores, [batch…, queries, keys], and [batch…, queries] for results of
///     rows; what lies between them nobody else reads
public record Attention(List<Kernel> steps) implements Kernel.Claimed {
    private static final int INSIDE = -1;

    public Attention {
        steps = List.copyOf(steps);
    }

    @Override
    public String name() {
        return "Attention";
    }

    /// The step of a program that is all of these steps.
    public Kernel.Native kernel() {
        List<Integer> between = new ArrayList<>();
        for (Kernel k : steps.subList(0, steps.size() - 1)) {
            k.outputs().forEach(v -> between.add(v.buffer()));
        }
        List<View> inputs = steps.stream()
                .flatMap(k -> k.inputs().stream())
                .filter(v -> !between.contains(v.buffer()))
                .toList();
        return new Kernel.Native(this, inputs, steps.getLast().outputs());
    }

    /// Multiplications of both products.
    public long multiplications() {
        return multiplications(first()) + multiplications(last());
    }

    private static long multiplications(Kernel.Contract product) {
        return (long) product.output().length() * product.a().dim(product.a().rank() - 1);
    }

    /// The product that gives the scores.
    public Kernel.Contract first() {
        return (Kernel.Contract) steps.getFirst();
    }

    /// The product of what the scores have become.
    public Kernel.Contract last() {
        return (Kernel.Contract) steps.getLast();
    }

    /// @param kernel this, in a program that may have other numbers of buffers
    Launch launch(Kernel.Native kernel, List<Buffer> buffers) {
        Kernel.Native here = kernel();
        Map<Integer, Integer> numbers = new HashMap<>();
        for (int i = 0; i < here.inputs().size(); i++) {
            numbers.put(here.inputs().get(i).buffer(), kernel.inputs().get(i).buffer());
        }
        numbers.put(
                here.outputs().getFirst().buffer(), kernel.outputs().getFirst().buffer());
        List<Kernel> renumbered = steps.stream()
                .map(k -> k.withViews(v -> v.on(numbers.getOrDefault(v.buffer(), INSIDE - v.buffer()))))
                .toList();
        return new AttentionCode(new Attention(renumbered), buffers).launch();
    }
}
