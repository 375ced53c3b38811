package dev.quern.cpu;

import dev.quern.cpu.gemm.Attention;
import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Shares;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Joins kernels that one step does better, wherever a program has them one after another and nobody else reads what
/// they hand on: those of an [Attention], whose matrices of scores and of shares need no memory then, and those of
/// [Shares], whose exponentials are computed once.
final class JoinedKernels {
    /// The kernels of an attention at least: the copy behind them may be missing.
    private static final int CHAIN = 4;

    private static final int KERNELS_OF_SHARES = 2;

    private final Program program;
    private final List<Buffer> buffers;
    private final List<Program.Slot> slots;

    /// Of each slot that was added, the last step that needs what is in it.
    private final List<Integer> neededUntil = new ArrayList<>();

    private JoinedKernels(Program program) {
        this.program = program;
        this.buffers = new ArrayList<>(program.buffers());
        this.slots = new ArrayList<>(program.slots());
    }

    /// `program`, or the same with joined kernels.
    static Program in(Program program, BlockKernel blocks, Elementwise elementwise) {
        JoinedKernels pass = new JoinedKernels(program);
        List<Program.Step> steps = pass.joined(blocks, elementwise);
        return steps.size() == program.steps().size() ? program : pass.rewritten(steps);
    }

    private List<Program.Step> joined(BlockKernel blocks, Elementwise elementwise) {
        List<Program.Step> steps = new ArrayList<>();
        for (int next = 0; next < program.steps().size(); ) {
            int at = next;
            Joined joined = attention(at, blocks, elementwise)
                    .or(() -> shares(at, elementwise))
                    .orElse(null);
            if (joined == null) {
                steps.add(program.steps().get(next++));
                continue;
            }
            next = at + joined.count();
            Set<String> origins = new LinkedHashSet<>();
            program.steps().subList(at, next).forEach(s -> origins.addAll(s.origins()));
            steps.add(new Program.Step(joined.kernel(), List.copyOf(origins)));
        }
        return steps;
    }

    /// A kernel in the place of `count` others.
    private record Joined(Kernel kernel, int count) {}

    private Optional<Joined> attention(int at, BlockKernel blocks, Elementwise elementwise) {
        if (at + CHAIN > program.steps().size()) {
            return Optional.empty();
        }
        return Attention.of(kernel(at), kernel(at + 1), kernel(at + 2), kernel(at + 3), blocks, elementwise)
                .filter(attention -> isPrivate(at, CHAIN))
                .map(attention -> {
                    Optional<Attention> moved = at + CHAIN < program.steps().size() && isPrivate(at, CHAIN + 1)
                            ? attention.through(kernel(at + CHAIN))
                            : Optional.empty();
                    Kernel joined = moved.orElse(attention).kernel();
                    keepApart(joined, at);
                    return new Joined(joined, CHAIN + (moved.isPresent() ? 1 : 0));
                });
    }

    /// Shares may be where the numbers are, as those of the Map may: rows are read before they are written.
    private Optional<Joined> shares(int at, Elementwise elementwise) {
        if (at + KERNELS_OF_SHARES > program.steps().size()) {
            return Optional.empty();
        }
        return Shares.of(kernel(at), kernel(at + 1), Integer.MAX_VALUE, elementwise)
                .filter(shares -> shares.haveRows() && isPrivate(at, KERNELS_OF_SHARES))
                .map(shares -> new Joined(shares.kernel(), KERNELS_OF_SHARES));
    }

    private Kernel kernel(int step) {
        return program.steps().get(step).kernel();
    }

    /// Whether what `count` steps from `first` on write, but for the last, is a temporary that only they read.
    private boolean isPrivate(int first, int count) {
        return IntStream.range(first, first + count - 1)
                .boxed()
                .flatMap(step -> kernel(step).outputs().stream())
                .allMatch(written -> buffers.get(written.buffer()).role() instanceof Buffer.Temporary
                        && program.outputs().stream().noneMatch(v -> v.buffer() == written.buffer())
                        && IntStream.range(0, program.steps().size())
                                .filter(step -> step < first || step >= first + count)
                                .noneMatch(step -> touches(kernel(step), written.buffer())));
    }

    private static boolean touches(Kernel kernel, int buffer) {
        return Stream.concat(kernel.inputs().stream(), kernel.outputs().stream())
                .anyMatch(v -> v.buffer() == buffer);
    }

    /// Operands are read to the end now: where the result has the array of one of them, it gets another.
    private void keepApart(Kernel joined, int at) {
        View output = joined.outputs().getFirst();
        if (!(buffers.get(output.buffer()).role() instanceof Buffer.Temporary(int slot))
                || joined.inputs().stream()
                        .noneMatch(v -> buffers.get(v.buffer()).role() instanceof Buffer.Temporary(int other)
                                && other == slot)) {
            return;
        }
        int last = IntStream.range(0, program.steps().size())
                .filter(step -> touches(kernel(step), output.buffer()))
                .max()
                .orElse(at);
        int first = program.slots().size();
        int free = IntStream.range(0, neededUntil.size())
                .filter(i -> neededUntil.get(i) < at)
                .findFirst()
                .orElse(neededUntil.size());
        if (free == neededUntil.size()) {
            neededUntil.add(last);
            slots.add(new Program.Slot(DType.F32, 0));
        } else {
            neededUntil.set(free, last);
        }
        Buffer before = buffers.get(output.buffer());
        buffers.set(output.buffer(), new Buffer(before.dtype(), before.length(), new Buffer.Temporary(first + free)));
    }

    /// The program of these steps, its arrays as long as they still have to be.
    private Program rewritten(List<Program.Step> steps) {
        int[] lengths = new int[slots.size()];
        for (Program.Step step : steps) {
            Stream.concat(step.kernel().inputs().stream(), step.kernel().outputs().stream())
                    .map(v -> buffers.get(v.buffer()))
                    .forEach(buffer -> {
                        if (buffer.role() instanceof Buffer.Temporary(int slot)) {
                            lengths[slot] = Math.max(lengths[slot], buffer.length());
                        }
                    });
        }
        List<Program.Slot> needed = IntStream.range(0, lengths.length)
                .mapToObj(i -> new Program.Slot(slots.get(i).dtype(), lengths[i]))
                .toList();
        return new Program(buffers, needed, program.inputs(), program.outputs(), steps);
    }
}
