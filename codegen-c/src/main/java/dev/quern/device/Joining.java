package dev.quern.device;

import dev.quern.codegen.JoinedLaunch;
import dev.quern.codegen.Launch;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Maps of one function over different arrays become one launch at the place of the first of them, where no step in
/// between minds: the step of an optimizer is a launch for all parameters whose arguments fit, not one for each.
final class Joining {
    /// Steps that are looked at after the first one.
    private static final int WINDOW = 512;

    private final Program program;
    private final List<List<Launch>> steps;
    private final int argumentBytes;

    private Joining(Program program, List<List<Launch>> steps, int argumentBytes) {
        this.program = program;
        this.steps = new ArrayList<>(steps);
        this.argumentBytes = argumentBytes;
    }

    /// The launches of each step; none for a step that another one does too.
    ///
    /// @param argumentBytes how many bytes of arguments a launch may have
    static List<List<Launch>> of(Program program, List<List<Launch>> steps, int argumentBytes) {
        Joining joining = new Joining(program, steps, argumentBytes);
        for (int i = 0; i < steps.size(); i++) {
            joining.joinAt(i);
        }
        return List.copyOf(joining.steps);
    }

    private boolean isOneMap(int step) {
        return program.steps().get(step).kernel() instanceof Kernel.Map
                && steps.get(step).size() == 1
                && JoinedLaunch.accepts(steps.get(step).getFirst());
    }

    private void joinAt(int first) {
        if (!isOneMap(first)) {
            return;
        }
        Launch one = steps.get(first).getFirst();
        List<Launch> alike = new ArrayList<>(List.of(one));
        int bytes = JoinedLaunch.commonBytes() + JoinedLaunch.bytes(one);
        Set<Object> read = new HashSet<>();
        Set<Object> written = new HashSet<>();
        int end = Math.min(steps.size(), first + WINDOW);
        for (int i = first; i < end && bytes + JoinedLaunch.bytes(one) <= argumentBytes; i++) {
            Kernel kernel = program.steps().get(i).kernel();
            Set<Object> reads = places(kernel.inputs());
            Set<Object> writes = places(kernel.outputs());
            boolean isAlike =
                    i > first && isOneMap(i) && steps.get(i).getFirst().text().equals(one.text());
            if (isAlike && isFree(reads, written) && isFree(writes, read) && isFree(writes, written)) {
                alike.add(steps.get(i).getFirst());
                bytes += JoinedLaunch.bytes(one);
                steps.set(i, List.of());
            }
            read.addAll(reads);
            written.addAll(writes);
        }
        if (alike.size() > 1) {
            steps.set(first, List.of(JoinedLaunch.of(alike)));
        }
    }

    private static boolean isFree(Set<Object> some, Set<Object> others) {
        return some.stream().noneMatch(others::contains);
    }

    /// Where views lie: buffers, or the slots that buffers share.
    private Set<Object> places(List<View> views) {
        Set<Object> places = new HashSet<>();
        for (View v : views) {
            places.add(
                    switch (program.buffers().get(v.buffer()).role()) {
                        case Buffer.Temporary slot -> slot;
                        case Buffer.Input ignored -> v.buffer();
                        case Buffer.Output ignored -> v.buffer();
                        case Buffer.Fixed ignored -> v.buffer();
                    });
        }
        return places;
    }
}
