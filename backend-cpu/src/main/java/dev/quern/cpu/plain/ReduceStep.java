package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Reduce kernel whose reduced elements are visited one kept position after another: a unit is a group of kept
/// positions, whose results go through the epilogue together.
public final class ReduceStep implements Step {
    private static final long GROUP_NANOS = 20_000;

    private final Kernel.Reduce kernel;
    private final BlockMap prologue;
    private final BlockMap epilogue;
    private final StateFinder finder;
    private final int kept;
    private final int reduced;
    private final int group;
    private final double each;
    private final @Nullable ShortRows shortRows;

    public ReduceStep(Kernel.Reduce kernel) {
        this(kernel, 1);
    }

    /// @param least the least kept positions in a unit, where there are as many
    public ReduceStep(Kernel.Reduce kernel, int least) {
        this.kernel = kernel;
        int[] dims = kernel.operands().getFirst().dims();
        int keptRank = dims.length - kernel.reducedRank();
        kept = product(dims, 0, keptRank);
        reduced = product(dims, keptRank, dims.length);
        prologue = new BlockMap(dims, List.of(kernel.prologue()), 0, kernel.operands(), List.of());
        epilogue = new BlockMap(
                Arrays.copyOf(dims, keptRank),
                kernel.epilogue(),
                kernel.reducer().states(),
                kernel.epilogueOperands(),
                kernel.outputs());
        finder = StateFinder.of(kernel.reducer(), kernel.prologue().dtype());
        boolean isShort = hasShortRows(kernel);
        shortRows =
                isShort ? new ShortRows(kernel.reducer(), reduced, prologue.registers() + epilogue.registers()) : null;
        each = isShort ? 1 + reduced * (1 + prologue.nanosPerElement()) : 50 + reduced * prologue.nanosPerElement();
        int most = Math.min(Block.SIZE, Math.max(1, kept));
        group = Math.clamp((long) (GROUP_NANOS / each), Math.min(least, most), most);
    }

    /// Kept positions in a unit.
    public int group() {
        return group;
    }

    static int product(int[] dims, int from, int to) {
        int n = 1;
        for (int axis = from; axis < to; axis++) {
            n *= dims[axis];
        }
        return n;
    }

    @Override
    public int units() {
        return Math.ceilDiv(kept, group);
    }

    @Override
    public long nanosPerUnit() {
        return (long) (group * each);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Block elements = prologue.block(scratch, 0);
        Block results = epilogue.block(scratch, prologue.registers());
        for (int unit = from; unit < to; unit++) {
            int start = unit * group;
            int n = Math.min(group, kept - start);
            if (shortRows != null) {
                reduce(shortRows, workspace, scratch, elements, results, start, n);
            } else {
                for (int i = 0; i < n; i++) {
                    reduce(workspace, elements, results, start + i, i);
                }
            }
            epilogue.run(workspace, results, start, n);
        }
    }

    /// Whether rows are so short that many are reduced at once.
    public static boolean hasShortRows(Kernel.Reduce kernel) {
        int[] dims = kernel.operands().getFirst().dims();
        int length = product(dims, dims.length - kernel.reducedRank(), dims.length);
        return ShortRows.fits(kernel.reducer(), kernel.prologue().dtype(), length);
    }

    private void reduce(
            ShortRows rows, Workspace workspace, Scratch scratch, Block elements, Block results, int start, int n) {
        int first = epilogue.state(0);
        int second = kernel.reducer().states() == 2 ? epilogue.state(1) : -1;
        // a state that the epilogue does not read still needs a place: a register behind all others
        int spare = prologue.registers() + epilogue.registers() + ShortRows.ARRAYS;
        Object states;
        if (kernel.reducer().isArg()) {
            states = first < 0 ? scratch.longs(spare, Block.SIZE) : results.longs(first);
        } else {
            states = first < 0 ? scratch.floats(spare, Block.SIZE) : results.floats(first);
        }
        float[] others = second < 0 ? scratch.floats(spare + 1, Block.SIZE) : results.floats(second);
        for (int done = 0; done < n; done += rows.most()) {
            int some = Math.min(rows.most(), n - done);
            prologue.run(workspace, elements, (start + done) * reduced, some * reduced);
            float[] values = elements.floats(prologue.result(0).register());
            rows.reduce(scratch, values, some, states, others, done);
        }
    }

    private void reduce(Workspace workspace, Block elements, Block results, int position, int at) {
        int register = prologue.result(0).register();
        StateFinder.Pass pass = finder.start(reduced);
        do {
            for (int r = 0; r < reduced; r += Block.SIZE) {
                if (r % (Block.SIZE * 256) == 0) {
                    workspace.control().check();
                }
                int n = Math.min(Block.SIZE, reduced - r);
                prologue.run(workspace, elements, position * reduced + r, n);
                pass.take(elements, register, r, n);
            }
        } while (pass.again());
        for (int k = 0; k < kernel.reducer().states(); k++) {
            int state = epilogue.state(k);
            if (state < 0) {
                continue;
            }
            if (k == 0 && kernel.reducer().isArg()) {
                results.longs(state)[at] = pass.position();
            } else {
                switch (File.of(kernel.prologue().dtype())) {
                    case FLOAT -> results.floats(state)[at] = (float) pass.real(k);
                    case DOUBLE -> results.doubles(state)[at] = pass.real(k);
                    case LONG -> results.longs(state)[at] = pass.integer(k);
                }
            }
        }
    }
}
