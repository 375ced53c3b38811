package dev.quern.kernel;

import dev.quern.tensor.DType;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Kernels in order over a table of buffers, for one binding of all extents. Immutable; what a backend compiles.
///
/// @param buffers by id, as views name them
/// @param slots the arrays of a frame
/// @param inputs buffer ids of the arguments, by position
/// @param outputs where each result is found, by position: a dense view of an output buffer, or of an input or constant
///     that is handed through
/// @param steps kernels in an order in which they may run one after another
public record Program(
        List<Buffer> buffers, List<Slot> slots, List<Integer> inputs, List<View> outputs, List<Step> steps) {

    public Program {
        buffers = List.copyOf(buffers);
        slots = List.copyOf(slots);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        steps = List.copyOf(steps);
    }

    /// One array of a frame: long enough for every temporary that the memory plan puts there.
    ///
    /// @param dtype one of the element types that share this carrier array
    public record Slot(DType dtype, int length) {
        public long bytes() {
            return (long) length * dtype.bytes();
        }
    }

    /// A kernel and the names of the nodes that it stands for, for errors, profiles and traces.
    public record Step(Kernel kernel, List<String> origins) {
        public Step {
            origins = List.copyOf(origins);
        }

        public String name() {
            return origins.isEmpty() ? kernel.name() : String.join("+", origins);
        }
    }

    /// What a buffer is for.
    public Buffer.Role role(int buffer) {
        return buffers.get(buffer).role();
    }

    /// The constant that a buffer holds, or `null` where it holds none.
    public @Nullable Constant constant(int buffer) {
        return role(buffer) instanceof Buffer.Fixed(Constant constant) ? constant : null;
    }

    /// Bytes of one frame.
    public long frameBytes() {
        return slots.stream().mapToLong(Slot::bytes).sum();
    }

    /// A readable listing: buffers, then one line a kernel.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < buffers.size(); i++) {
            Buffer b = buffers.get(i);
            text.append(String.format(
                    Locale.ROOT,
                    "b%d: %s × %d %s%n",
                    i,
                    b.dtype(),
                    b.length(),
                    switch (b.role()) {
                        case Buffer.Input(int index) -> "input " + index;
                        case Buffer.Output(int index) -> "output " + index;
                        case Buffer.Fixed ignored -> "constant";
                        case Buffer.Temporary(int slot) -> "slot " + slot;
                    }));
        }
        for (Step s : steps) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s ← %s %s  ; %s%n",
                    s.kernel().outputs(),
                    s.kernel().name(),
                    s.kernel().inputs(),
                    String.join("+", s.origins())));
        }
        return text.toString();
    }
}
