package dev.quern.codegen;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Steps of a program that a GPU does in one launch.
///
/// @param steps in order
/// @param inside the buffers that nobody else reads, so that no array is needed for them
public record Fused(Form form, List<Kernel> steps, Set<Integer> inside) implements Kernel.Claimed {
    private static final int INSIDE = -1;

    /// What is known to go together.
    public enum Form {
        /// A product, reductions and maps of its rows, and the product of these rows; over the space of the scores,
        /// [batch…, queries, keys], and [batch…, queries] for results of rows.
        ATTENTION("Attention", 1L << 27),
        /// A product, and maps of its columns side by side, as a recurrent cell takes its gates; maps over
        /// [batch…, rows, columns of a gate].
        GATES("Gates", 1L << 20);

        private final String label;
        private final long large;

        Form(String label, long large) {
            this.label = label;
            this.large = large;
        }
    }

    public Fused {
        steps = List.copyOf(steps);
        inside = Set.copyOf(inside);
    }

    @Override
    public String name() {
        return form.label;
    }

    /// The step of a program that is all of these steps.
    public Kernel.Native kernel() {
        Set<Integer> written = new HashSet<>();
        steps.forEach(k -> k.outputs().forEach(v -> written.add(v.buffer())));
        List<View> inputs = new ArrayList<>();
        List<View> outputs = new ArrayList<>();
        for (Kernel k : steps) {
            k.inputs().stream().filter(v -> !written.contains(v.buffer())).forEach(inputs::add);
            k.outputs().stream().filter(v -> !inside.contains(v.buffer())).forEach(outputs::add);
        }
        return new Kernel.Native(this, inputs, outputs);
    }

    /// The products among the steps, in order.
    public List<Kernel.Contract> products() {
        List<Kernel.Contract> products = new ArrayList<>();
        steps.forEach(k -> {
            if (k instanceof Kernel.Contract product) {
                products.add(product);
            }
        });
        return products;
    }

    /// Whether the products are so much work that others may do them better; no measurement stands behind that.
    public boolean isLarge() {
        return multiplications() > form.large;
    }

    /// Multiplications of the products.
    public long multiplications() {
        return products().stream()
                .mapToLong(p -> (long) p.output().length() * p.a().dim(p.a().rank() - 1))
                .sum();
    }

    /// @param kernel this, in a program that may have other numbers of buffers
    Launch launch(Kernel.Native kernel, List<Buffer> buffers) {
        Kernel.Native here = kernel();
        Map<Integer, Integer> numbers = new HashMap<>();
        for (int i = 0; i < here.inputs().size(); i++) {
            numbers.put(here.inputs().get(i).buffer(), kernel.inputs().get(i).buffer());
        }
        for (int i = 0; i < here.outputs().size(); i++) {
            numbers.put(here.outputs().get(i).buffer(), kernel.outputs().get(i).buffer());
        }
        List<Kernel> renumbered = steps.stream()
                .map(k -> k.withViews(v -> v.on(numbers.getOrDefault(v.buffer(), INSIDE - v.buffer()))))
                .toList();
        Fused there = new Fused(form, renumbered, Set.of());
        return switch (form) {
            case ATTENTION -> new AttentionCode(there, buffers).launch();
            case GATES -> new GatesCode(there, buffers).launch();
        };
    }
}
