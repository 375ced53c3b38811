package dev.quern.cpu.parts;

import dev.quern.backend.RunControl;
import dev.quern.compile.Compiler;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Makes a program of a stretch: what only the stretch touches becomes temporaries of one part.
final class PartsOfStretch {
    private final Program program;
    private final Stretch stretch;
    private final Set<Integer> written = new HashSet<>();
    private final Set<Integer> elsewhere = new HashSet<>();

    /// By id in `program`, the buffer of the stretch's own program.
    private final Map<Integer, Integer> places = new LinkedHashMap<>();

    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Integer> inputs = new ArrayList<>();
    private final List<View> operands = new ArrayList<>();
    private final List<View> outputs = new ArrayList<>();
    private final List<View> results = new ArrayList<>();

    private PartsOfStretch(Program program, Stretch stretch) {
        this.program = program;
        this.stretch = stretch;
        program.outputs().forEach(v -> elsewhere.add(v.buffer()));
        for (int step = 0; step < program.steps().size(); step++) {
            Kernel kernel = program.steps().get(step).kernel();
            if (step < stretch.first() || step >= stretch.end()) {
                views(kernel).forEach(v -> elsewhere.add(v.buffer()));
            } else {
                kernel.outputs().forEach(v -> written.add(v.buffer()));
            }
        }
    }

    /// The kernel that stands for the stretch.
    static Kernel of(Program program, Stretch stretch, RunControl control) {
        return new PartsOfStretch(program, stretch).kernel(control);
    }

    private Kernel kernel(RunControl control) {
        List<Program.Step> whole = program.steps().subList(stretch.first(), stretch.end());
        whole.forEach(s -> views(s.kernel()).forEach(v -> place(v.buffer())));
        List<List<Kernel>> kernels = IntStream.range(stretch.first(), stretch.end())
                .mapToObj(this::parts)
                .toList();
        List<Program.Step> steps = IntStream.range(0, whole.size())
                .mapToObj(i ->
                        new Program.Step(kernels.get(i).getFirst(), whole.get(i).origins()))
                .toList();
        Program first = new Program(buffers, List.of(), inputs, outputs, steps);
        return new Kernel.Native(new Parts(Compiler.replanned(first, control), kernels, whole), operands, results);
    }

    private static Stream<View> views(Kernel kernel) {
        return Stream.concat(kernel.inputs().stream(), kernel.outputs().stream());
    }

    private boolean isOwn(int buffer) {
        return program.buffers().get(buffer).role() instanceof Buffer.Temporary && !elsewhere.contains(buffer);
    }

    private void place(int id) {
        if (places.containsKey(id)) {
            return;
        }
        Buffer buffer = program.buffers().get(id);
        int place = buffers.size();
        places.put(id, place);
        View all = View.dense(id, buffer.dtype(), buffer.length());
        if (isOwn(id)) {
            int length = buffer.length() / stretch.division().parts();
            buffers.add(new Buffer(buffer.dtype(), length, buffer.role()));
        } else if (buffer.role() instanceof Buffer.Fixed) {
            buffers.add(buffer);
        } else if (written.contains(id)) {
            buffers.add(new Buffer(buffer.dtype(), buffer.length(), new Buffer.Output(results.size())));
            outputs.add(all.on(place));
            results.add(all);
        } else {
            buffers.add(new Buffer(buffer.dtype(), buffer.length(), new Buffer.Input(operands.size())));
            inputs.add(place);
            operands.add(all);
        }
    }

    /// The kernels of a step for all parts, or one for all of them.
    private List<Kernel> parts(int step) {
        Kernel kernel = program.steps().get(step).kernel();
        return IntStream.range(0, stretch.division().parts())
                .mapToObj(part -> kernel.withViews(v -> part(step, v, part)))
                .distinct()
                .toList();
    }

    private View part(int step, View view, int part) {
        View own = stretch.division().part(view, stretch.axis(step, view), isOwn(view.buffer()) ? 0 : part);
        return own.on(places.getOrDefault(view.buffer(), -1));
    }
}
