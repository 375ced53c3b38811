package dev.quern.codegen;

import dev.quern.backend.RunControl;
import dev.quern.compile.Compiler;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Makes each [Attention] of a program one step, at the place of its last product. What lies between its steps then
/// needs no memory, and no operand lies where the result does.
public final class AttentionFusion {
    private final Program program;
    private final Map<Integer, List<Integer>> readers = new HashMap<>();
    private final Map<Integer, Integer> writers = new HashMap<>();
    private final List<Optional<Program.Step>> steps = new ArrayList<>();

    private AttentionFusion(Program program) {
        this.program = program;
        for (int i = 0; i < program.steps().size(); i++) {
            Program.Step step = program.steps().get(i);
            steps.add(Optional.of(step));
            for (View v : step.kernel().inputs()) {
                readers.computeIfAbsent(v.buffer(), b -> new ArrayList<>()).add(i);
            }
            step.kernel().outputs().forEach(v -> writers.merge(v.buffer(), 1, Integer::sum));
        }
        // results are read after all steps
        program.outputs()
                .forEach(v -> readers.computeIfAbsent(v.buffer(), b -> new ArrayList<>())
                        .add(program.steps().size()));
    }

    /// The program with the attentions that `pays` accepts as [Kernel.Native] steps.
    ///
    /// @throws dev.quern.backend.CancelledException where `control` asked to stop
    public static Program of(Program program, Predicate<Attention> pays, RunControl control) {
        AttentionFusion fusion = new AttentionFusion(program);
        boolean found = false;
        for (int i = 0; i < program.steps().size(); i++) {
            control.check();
            found |= fusion.fuse(i, pays);
        }
        if (!found) {
            return program;
        }
        List<Program.Step> left =
                fusion.steps.stream().flatMap(Optional::stream).toList();
        return Compiler.replanned(
                new Program(program.buffers(), program.slots(), program.inputs(), program.outputs(), left), control);
    }

    private boolean fuse(int first, Predicate<Attention> pays) {
        if (!(program.steps().get(first).kernel() instanceof Kernel.Contract scores)) {
            return false;
        }
        Optional<AttentionChain> begun = AttentionChain.from(scores, program.buffers());
        if (begun.isEmpty()) {
            return false;
        }
        AttentionChain chain = begun.get();
        List<Integer> members = new ArrayList<>(List.of(first));
        Set<Integer> read = buffers(scores.inputs());
        for (int i = first + 1; !chain.isWhole(); i++) {
            if (i > lastReader(chain)) {
                return false;
            }
            Kernel kernel = program.steps().get(i).kernel();
            if (kernel.inputs().stream().anyMatch(v -> chain.own().contains(v.buffer()))) {
                if (!chain.add(kernel)) {
                    return false;
                }
                members.add(i);
                read.addAll(buffers(kernel.inputs()));
            } else if (!mayComeBefore(kernel, read)) {
                return false;
            }
        }
        if (!isInside(chain, members) || !pays.test(chain.attention())) {
            return false;
        }
        replace(members, chain.attention());
        return true;
    }

    /// The last step that reads an array of the chain, or −1 where one is read by nobody or after all steps.
    private int lastReader(AttentionChain chain) {
        int last = chain.own().stream()
                .flatMap(b -> readers.getOrDefault(b, List.of()).stream())
                .max(Integer::compare)
                .orElse(-1);
        return last < program.steps().size() ? last : -1;
    }

    /// Whether a step may be done before those that are its forerunners: it writes nothing that they read, nor a
    /// result, whose array may be that of an argument.
    private boolean mayComeBefore(Kernel kernel, Set<Integer> read) {
        return kernel.outputs().stream()
                .allMatch(v -> program.buffers().get(v.buffer()).role() instanceof Buffer.Temporary
                        && !read.contains(v.buffer()));
    }

    /// Whether nobody else reads or writes what lies between the steps.
    private boolean isInside(AttentionChain chain, List<Integer> members) {
        return chain.own().stream()
                .allMatch(b ->
                        writers.getOrDefault(b, 0) == 1 && members.containsAll(readers.getOrDefault(b, List.of())));
    }

    private void replace(List<Integer> members, Attention attention) {
        Set<String> origins = new LinkedHashSet<>();
        for (int m : members) {
            origins.addAll(program.steps().get(m).origins());
            steps.set(m, Optional.empty());
        }
        steps.set(Collections.max(members), Optional.of(new Program.Step(attention.kernel(), List.copyOf(origins))));
    }

    private static Set<Integer> buffers(List<View> views) {
        Set<Integer> all = new HashSet<>();
        views.forEach(v -> all.add(v.buffer()));
        return all;
    }
}
