package dev.quern.compile;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import java.util.List;

/// When a result may lie where an operand lies: it comes from a Map that reads and writes each element at the same
/// place, and nothing reads the operand afterwards.
public final class InPlace {
    private InPlace() {}

    /// Whether a caller may give one array for an argument and for a result of a program.
    ///
    /// @param input position of the argument
    /// @param output position of the result
    public static boolean allows(Program program, int input, int output) {
        int in = program.inputs().get(input);
        int out = program.outputs().get(output).buffer();
        List<Program.Step> steps = program.steps();
        int written = -1;
        for (int s = 0; s < steps.size(); s++) {
            Kernel kernel = steps.get(s).kernel();
            if (kernel.outputs().stream().anyMatch(v -> v.buffer() == out)) {
                boolean alone = written < 0 && kernel instanceof Kernel.Map map && coversOperand(map, in, out);
                if (!alone) {
                    return false;
                }
                written = s;
            } else if (written >= 0 && kernel.inputs().stream().anyMatch(v -> v.buffer() == in)) {
                return false;
            }
        }
        return written >= 0;
    }

    private static boolean coversOperand(Kernel.Map map, int in, int out) {
        return map.outputs().stream().filter(v -> v.buffer() == out).allMatch(v -> isUnder(map, in, v));
    }

    /// Whether every element that `map` reads of a buffer is the one that it writes in its place, in `out`.
    static boolean isUnder(Kernel.Map map, int buffer, View out) {
        return map.inputs().stream()
                .allMatch(v -> v.buffer() != buffer || v.on(out.buffer()).equals(sameType(out, v)));
    }

    private static View sameType(View out, View in) {
        return View.of(out.buffer(), in.dtype(), out.offset(), out.dims(), out.strides());
    }
}
