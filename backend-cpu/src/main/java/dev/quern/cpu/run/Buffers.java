package dev.quern.cpu.run;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The buffers of a program while it is compiled, and a few more: those that steps share, which hold something only
/// from
/// one step of a kernel to the next; those with what was made of an argument for several kernels; and constants that
/// steps have made of the program's.
public final class Buffers {
    /// How many shared buffers there are.
    public static final int SHARED = 4;

    private final Program program;
    private final RunControl control;
    private final int[] lengths = new int[SHARED];
    private final List<Extra> extras = new ArrayList<>();
    private final Map<View, Integer> right = new HashMap<>();
    private final Map<View, Integer> packed = new HashMap<>();
    private float[] elements = new float[0];

    /// A buffer beyond the program's and the shared ones.
    ///
    /// @param constant what it holds in all runs, or `null`
    /// @param length of an array of floats, where it holds no constant
    public record Extra(@Nullable Constant constant, int length) {}

    private Buffers(Program program, RunControl control) {
        this.program = program;
        this.control = control;
    }

    /// @param control stops the preparation of the program
    public static Buffers of(Program program, RunControl control) {
        Buffers buffers = new Buffers(program, control);
        buffers.countRight();
        return buffers;
    }

    /// Of a program of which every part of a batch may have other kernels, so nothing is made for several of them.
    ///
    /// @param control stops the preparation of the program
    public static Buffers ofPart(Program program, RunControl control) {
        return new Buffers(program, control);
    }

    private void countRight() {
        Set<Integer> read = new HashSet<>();
        Set<Integer> changing = new HashSet<>();
        for (Program.Step step : program.steps()) {
            step.kernel().outputs().stream()
                    .map(View::buffer)
                    .filter(read::contains)
                    .forEach(changing::add);
            if (step.kernel() instanceof Kernel.Contract k) {
                right.merge(k.b(), 1, Integer::sum);
                read.add(k.b().buffer());
            }
        }
        right.keySet().removeIf(v -> changing.contains(v.buffer()));
    }

    /// Whether several products have the same view on their right, of a buffer that is not written after the first of
    /// them: the steps of a recurrence have its weights there, the gradients of its weights those of its gates.
    public boolean isRightOften(View view) {
        return right.getOrDefault(view, 0) > 1;
    }

    /// The elements of a constant of `f32`, from the first on: for whoever packs them and does not need them any
    /// more after that. The array, which may be longer, is used again by the next call.
    public float[] elements(Constant constant) {
        Tensor tensor = constant.tensor();
        if (!tensor.isDeferred()) {
            return (float[]) tensor.array();
        }
        if (elements.length < tensor.length()) {
            elements = new float[tensor.length()];
        }
        tensor.copyTo(elements);
        return elements;
    }

    /// The buffer with what was made of `view` before, of `length` floats; where it is the first time, a new one is
    /// given to `first`.
    public int madeOnce(View view, int length, IntConsumer first) {
        Integer known = packed.get(view);
        if (known != null) {
            return known;
        }
        extras.add(new Extra(null, length));
        int made = program.buffers().size() + SHARED + extras.size() - 1;
        packed.put(view, made);
        first.accept(made);
        return made;
    }

    /// Polled by whoever prepares something that takes long, as packing weights does.
    public RunControl control() {
        return control;
    }

    /// The constant that a buffer holds, or `null`.
    public @Nullable Constant constant(int buffer) {
        int beyond = buffer - program.buffers().size();
        if (beyond >= 0) {
            return beyond < SHARED ? null : extras.get(beyond - SHARED).constant();
        }
        return program.constant(buffer);
    }

    /// A buffer that holds `constant`, which is not one of the program's.
    public int derived(Constant constant) {
        extras.add(new Extra(constant, 0));
        return program.buffers().size() + SHARED + extras.size() - 1;
    }

    /// The buffers that follow the shared ones, in order.
    public List<Extra> extras() {
        return List.copyOf(extras);
    }

    /// Shared buffer `number`, a float array of at least `length`.
    public int shared(int number, int length) {
        lengths[number] = Math.max(lengths[number], length);
        return program.buffers().size() + number;
    }

    /// How long each shared buffer must be for everything compiled so far.
    public List<Integer> sharedLengths() {
        return Arrays.stream(lengths).boxed().toList();
    }
}
