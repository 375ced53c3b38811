package dev.quern.codegen;

import dev.quern.kernel.Constant;
import dev.quern.tensor.DType;
import java.util.List;

/// One call of a generated function over a range of items.
///
/// Its parameters are: `status` (five `int`, zero before a run; the first failure is left there, see [Failure]),
/// `step` (the number of the program's step), `from` and `items` (the range of items to do, which may be any part of
/// all), then the arrays, then the numbers, all `int`.
///
/// @param function the name of the function in `text`
/// @param text its definition; equal texts are equal functions
/// @param group items of a work group; 0 where one work item goes through all items of the range
/// @param arrays what the pointers point at
/// @param numbers extents, strides, offsets
/// @param items how many items there are
/// @param work elementary operations in all, roughly: how long it may take
public record Launch(
        String function, String text, int group, List<Array> arrays, List<Integer> numbers, int items, long work)
        implements Task {
    private static final int LEAST_ON_GPU = 64;

    public Launch {
        arrays = List.copyOf(arrays);
        numbers = List.copyOf(numbers);
    }

    /// How many work items do `count` items, whole groups of them.
    public int workItems(int count) {
        return group == 0 ? 1 : Math.ceilDiv(count, group) * group;
    }

    /// The same launch in groups as wide as a GPU needs to be busy.
    Launch widened() {
        return group >= LEAST_ON_GPU
                ? this
                : new Launch(
                        function,
                        text.replace("GROUP(" + group + ") ", "GROUP(" + LEAST_ON_GPU + ") "),
                        LEAST_ON_GPU,
                        arrays,
                        numbers,
                        items,
                        work);
    }

    @Override
    public boolean canFail() {
        return text.contains(Scalars.FAILS) || text.contains("fails(status");
    }

    /// An array that a launch reads or writes.
    public sealed interface Array {}

    /// That of a program's buffer.
    public record OfBuffer(int buffer) implements Array {}

    /// One that lives from launch to launch within a step.
    ///
    /// @param number tells it from the others of the step
    public record Scratch(int number, DType dtype, int length) implements Array {}

    /// Memory that a task may use while it runs, shared by all tasks of a frame.
    public record Workspace(long bytes) implements Array {}

    /// What a constant was rearranged into, which is as constant.
    public record Derived(Constant of, Object key, DType dtype, int length, Launch by) implements Array {}

    /// What a run left in `status`.
    public enum Failure {
        NONE,
        DIVIDED_BY_ZERO,
        INDEX_OUTSIDE;

        /// What the first number of `status` means, as `prelude.c` has it.
        public static Failure of(int status) {
            return switch (status) {
                case 0 -> NONE;
                case 1 -> DIVIDED_BY_ZERO;
                case 2 -> INDEX_OUTSIDE;
                default -> throw new IllegalArgumentException("no failure has the number " + status);
            };
        }
    }
}
