package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.compile.Plan.Region;
import dev.quern.expr.Simplifier;
import dev.quern.graph.Graph;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Makes the program of a region for a binding: concretize, lower, place outputs, fuse, drop copies, plan memory.
public final class Compiler {
    private final Map<Tensor, Constant> shared = Collections.synchronizedMap(new IdentityHashMap<>());

    /// @param graph the graph whose constants all programs share
    public Compiler(Graph graph) {
        graph.constants().forEach(v -> v.constant().ifPresent(t -> shared.put(t, new Constant(t))));
    }

    /// The program of `region` for `binding`.
    ///
    /// @param control polled at every node and step
    /// @throws dev.quern.tensor.ShapeException where operands do not fit for these extents
    /// @throws dev.quern.backend.CancelledException where `control` asked to stop
    public Program compile(Region region, Binding binding, RunControl control) {
        Graph graph = Concretizer.of(region, binding, control);
        Draft draft = Lowerer.lower(graph, this::constant, control);
        placeOutputs(draft);
        Fusion.run(draft, control);
        Coalescing.run(draft, control);
        SiblingFusion.run(draft, control);
        simplify(draft, control);
        return finish(draft, region.inputs().size(), control);
    }

    /// The program with its temporaries laid out anew, for a backend that put other steps in the place of some.
    ///
    /// @throws dev.quern.backend.CancelledException where `control` asked to stop
    public static Program replanned(Program program, RunControl control) {
        Draft draft = new Draft();
        for (Buffer b : program.buffers()) {
            draft.buffer(b.dtype(), b.length(), b.role() instanceof Buffer.Temporary ? null : b.role());
        }
        draft.setSteps(program.steps());
        draft.setOutputs(program.outputs());
        return finish(draft, program.inputs().size(), control);
    }

    /// Gives up what backends keep of the graph's constants, once no program of this compiler is run any more.
    public void releaseConstants() {
        shared.values().forEach(Constant::release);
    }

    private Constant constant(Tensor t) {
        Constant c = shared.get(t);
        return c != null ? c : new Constant(t);
    }

    /// Makes every output a dense buffer of its own: the temporary it is in where that is possible, else a copy.
    private static void placeOutputs(Draft draft) {
        Set<Integer> taken = new HashSet<>();
        List<View> outputs = new ArrayList<>();
        for (int i = 0; i < draft.outputs().size(); i++) {
            View v = draft.outputs().get(i);
            boolean whole = v.offset() == 0 && v.isContiguous() && v.length() == draft.length(v.buffer());
            if (!whole || !draft.isTemporary(v.buffer()) || !taken.add(v.buffer())) {
                int copy = draft.buffer(v.dtype(), v.length(), new Buffer.Output(i));
                View to = View.dense(copy, v.dtype(), v.dims());
                draft.copy(v, to, List.of());
                v = to;
            } else {
                draft.setRole(v.buffer(), new Buffer.Output(i));
            }
            outputs.add(View.dense(v.buffer(), v.dtype(), v.dims()));
        }
        draft.setOutputs(outputs);
    }

    private static void simplify(Draft draft, RunControl control) {
        List<Program.Step> steps = new ArrayList<>();
        for (Program.Step s : draft.steps()) {
            control.check();
            Kernel simplified = switch (s.kernel()) {
                case Kernel.Map m ->
                    new Kernel.Map(
                            m.inputs(),
                            m.exprs().stream().map(Simplifier::simplify).toList(),
                            m.outputs());
                default -> s.kernel();
            };
            steps.add(new Program.Step(simplified, s.origins()));
        }
        draft.setSteps(steps);
    }

    /// The finished program, without the buffers that fusion has made needless.
    private static Program finish(Draft draft, int inputCount, RunControl control) {
        List<Program.Slot> slots = MemoryPlan.plan(draft, control);
        int[] place = new int[draft.buffers()];
        List<Buffer> buffers = new ArrayList<>();
        List<Integer> inputs = new ArrayList<>(Collections.nCopies(inputCount, -1));
        Uses uses = Uses.of(draft);
        for (int b = 0; b < place.length; b++) {
            Buffer.Role role = draft.role(b);
            boolean used = !uses.readers(b).isEmpty() || !uses.writers(b).isEmpty();
            if (role != null && (used || role instanceof Buffer.Input)) {
                place[b] = buffers.size();
                buffers.add(new Buffer(draft.dtype(b), draft.length(b), role));
                if (role instanceof Buffer.Input(int index)) {
                    inputs.set(index, place[b]);
                }
            }
        }
        UnaryOperator<View> renumber = v -> v.on(place[v.buffer()]);
        List<Program.Step> steps = draft.steps().stream()
                .map(s -> new Program.Step(s.kernel().withViews(renumber), s.origins()))
                .toList();
        return new Program(
                buffers, slots, inputs, draft.outputs().stream().map(renumber).toList(), steps);
    }
}
