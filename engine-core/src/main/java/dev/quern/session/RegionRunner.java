package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.compile.Binding;
import dev.quern.compile.Compiler;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.Value;
import dev.quern.kernel.Program;
import dev.quern.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/// Runs one region: finds or makes the program for the binding at hand.
final class RegionRunner implements AutoCloseable {
    private final Region region;
    private final Compiler compiler;
    private final ModelOptions options;
    private final Map<Binding, ReadyProgram> programs;

    /// Of programs that are no longer kept, as long as someone is bound to them.
    private final Set<Executable> left = Collections.newSetFromMap(new WeakHashMap<>());

    /// The program of the run before, which is mostly that of the next one too.
    private volatile @Nullable Recent recent;

    private record Recent(Binding binding, ReadyProgram program) {}

    RegionRunner(Region region, Compiler compiler, ModelOptions options) {
        this.region = region;
        this.compiler = compiler;
        this.options = options;
        this.programs = new LinkedHashMap<>(16, 0.75f, true);
    }

    Region region() {
        return region;
    }

    /// @param given where the caller wants results, by their value; the others are new, and so is a result that was
    ///     to be written over an operand which the program still needs then
    List<Tensor> run(List<Tensor> inputs, RunControl control, Map<Value, Tensor> given) {
        ReadyProgram ready = ready(inputs, control);
        List<Tensor> outputs = given.isEmpty() ? ready.newOutputs(control) : places(ready, inputs, control, given);
        ready.run(inputs, outputs, control);
        return outputs;
    }

    private List<Tensor> places(ReadyProgram ready, List<Tensor> inputs, RunControl control, Map<Value, Tensor> given) {
        Map<Tensor, Integer> operands = new IdentityHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            operands.put(inputs.get(i), i);
        }
        return ready.outputs(
                i -> Optional.ofNullable(given.get(region.outputs().get(i)))
                        .filter(place ->
                                !operands.containsKey(place) || ready.overwrites(operands.getOrDefault(place, -1), i)),
                control);
    }

    /// The program for the binding that `inputs` make.
    ///
    /// @param control stops the making of a program that is not there yet
    /// @throws BudgetException where a run would need more bytes than allowed
    ReadyProgram ready(List<Tensor> inputs, RunControl control) {
        Recent before = recent;
        if (before != null && before.binding().isOfShapes(inputs)) {
            return before.program();
        }
        Binding binding = Binding.of(region, inputs);
        ReadyProgram ready = ready(binding, before, control);
        recent = new Recent(binding, ready);
        return ready;
    }

    private ReadyProgram ready(Binding binding, @Nullable Recent before, RunControl control) {
        synchronized (programs) {
            if (before != null) {
                programs.get(before.binding()); // it has been used, though nobody asked the map
            }
            ReadyProgram found = programs.get(binding);
            if (found != null) {
                return found;
            }
        }
        Program program = compiler.compile(region, binding, control);
        checkBudget(ReadyProgram.plannedBytes(program));
        ReadyProgram made = new ReadyProgram(
                program, region.backend(), new Backend.Settings(options.threads(), options.precision(), control));
        checkBudget(made.plannedBytes());
        synchronized (programs) {
            ReadyProgram other = programs.putIfAbsent(binding, made);
            if (other != null) {
                made.close();
                return other;
            }
            if (programs.size() > options.programs()) {
                retireEldest();
            }
            return made;
        }
    }

    /// The program may still be running, or be bound: it is closed with the model.
    private void retireEldest() {
        Iterator<ReadyProgram> eldest = programs.values().iterator();
        ReadyProgram retired = eldest.next();
        retired.retire();
        left.add(retired.executable());
        eldest.remove();
    }

    void awaitReady() throws InterruptedException {
        List<ReadyProgram> made;
        synchronized (programs) {
            made = List.copyOf(programs.values());
        }
        for (ReadyProgram p : made) {
            p.executable().awaitReady();
        }
    }

    private void checkBudget(long planned) {
        if (planned > options.maxBytes()) {
            throw new BudgetException("a run with these shapes needs " + planned + " bytes; the budget is "
                    + options.maxBytes() + ": use smaller inputs or raise ModelOptions.maxBytes");
        }
    }

    @Override
    public void close() {
        recent = null;
        synchronized (programs) {
            programs.values().forEach(ReadyProgram::close);
            programs.clear();
            left.forEach(Executable::close);
            left.clear();
        }
    }
}
