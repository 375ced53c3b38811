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

/// Makes steps of a program that are known to go together one, [Fused], at the place of the last of them. What lies
/// inside then needs no memory, and no operand lies where a result does.
public final class StepFusion {
    private final Program program;
    private final Map<Integer, List<Integer>> readers = new HashMap<>();
    private final Map<Integer, Integer> writers = new HashMap<>();
    private final List<Optional<Program.Step>> steps = new ArrayList<>();
    private final Set<Integer> taken = new HashSet<>();

    private StepFusion(Program program) {
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

    /// The program with those that `pays` accepts as [Kernel.Native] steps.
    ///
    /// @throws dev.quern.backend.CancelledException where `control` asked to stop
    public static Program of(Program program, Predicate<Fused> pays, RunControl control) {
        StepFusion fusion = new StepFusion(program);
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

    private boolean fuse(int first, Predicate<Fused> pays) {
        if (!(program.steps().get(first).kernel() instanceof Kernel.Contract product) || taken.contains(first)) {
            return false;
        }
        List<Integer> members = new ArrayList<>();
        Optional<Fused> found = AttentionChain.from(product, program.buffers())
                .flatMap(chain -> followed(chain, first, members))
                .or(() -> GatesChain.from(product, program.buffers()).flatMap(chain -> followed(chain, first, members)))
                .filter(pays);
        found.ifPresent(fused -> replace(members, fused));
        return found.isPresent();
    }

    /// What a chain becomes.
    ///
    /// @param members is given its steps
    private Optional<Fused> followed(Chain chain, int first, List<Integer> members) {
        members.clear();
        members.add(first);
        Set<Integer> read = buffers(program.steps().get(first).kernel().inputs());
        for (int i = first + 1; i <= lastReader(chain); i++) {
            Kernel kernel = program.steps().get(i).kernel();
            if (touches(kernel.inputs(), chain.inside())) {
                if (taken.contains(i) || !chain.add(kernel)) {
                    return Optional.empty();
                }
                members.add(i);
                read.addAll(buffers(kernel.inputs()));
            } else if (!mayComeBefore(kernel, read)
                    || touches(kernel.inputs(), chain.stored())
                    || touches(kernel.outputs(), chain.stored())) {
                return Optional.empty();
            }
        }
        return chain.isWhole() && isInside(chain, members) ? Optional.of(chain.fused()) : Optional.empty();
    }

    private static boolean touches(List<View> views, Set<Integer> buffers) {
        return views.stream().anyMatch(v -> buffers.contains(v.buffer()));
    }

    /// The last step that reads an array inside, or −1 where one is read by nobody or after all steps.
    private int lastReader(Chain chain) {
        int last = chain.inside().stream()
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
    private boolean isInside(Chain chain, List<Integer> members) {
        return chain.inside().stream()
                .allMatch(b ->
                        writers.getOrDefault(b, 0) == 1 && members.containsAll(readers.getOrDefault(b, List.of())));
    }

    private void replace(List<Integer> members, Fused fused) {
        taken.addAll(members);
        Set<String> origins = new LinkedHashSet<>();
        for (int m : members) {
            origins.addAll(program.steps().get(m).origins());
            steps.set(m, Optional.empty());
        }
        steps.set(Collections.max(members), Optional.of(new Program.Step(fused.kernel(), List.copyOf(origins))));
    }

    private static Set<Integer> buffers(List<View> views) {
        Set<Integer> all = new HashSet<>();
        views.forEach(v -> all.add(v.buffer()));
        return all;
    }
}
