package dev.quern.cpu.machine;

import static dev.quern.cpu.machine.Register.R10;
import static dev.quern.cpu.machine.Register.R11;
import static dev.quern.cpu.machine.Register.R12;
import static dev.quern.cpu.machine.Register.R13;
import static dev.quern.cpu.machine.Register.R14;
import static dev.quern.cpu.machine.Register.R15;
import static dev.quern.cpu.machine.Register.R8;
import static dev.quern.cpu.machine.Register.R9;
import static dev.quern.cpu.machine.Register.RAX;
import static dev.quern.cpu.machine.Register.RBP;
import static dev.quern.cpu.machine.Register.RBX;
import static dev.quern.cpu.machine.Register.RCX;
import static dev.quern.cpu.machine.Register.RDI;
import static dev.quern.cpu.machine.Register.RDX;
import static dev.quern.cpu.machine.Register.RSI;
import static dev.quern.cpu.machine.Register.RSP;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Jump;
import dev.quern.cpu.machine.Assembler.Label;
import dev.quern.kernel.Reducer;
import java.util.List;
import java.util.stream.IntStream;

/// Writes the loop that folds rows of elements of 32 bits: into 16 lanes in ascending order, then by the tree of
/// [Reducer].
///
/// It is a C function of 17 arguments in the System V calling convention:
/// `(void *constants, int *at, int *step, int *between, float *view0, …, float *view5, float *results, long resultsAt,
/// long rows, long runs, long groups, long firstMask, long secondMask)`.
/// A row is `runs` runs of `groups` · 16 elements, `between[k]` apart, and what is left over behind them, of which the
/// masks of lanes 0 to 7 and 8 to 15 (with wide vectors the first alone) are in the constants at these bytes, or 0;
/// `step[k]` leads from the end of the last run to the next row. `resultsAt` counts bytes.
final class FoldLoop {
    /// The most views.
    static final int VIEWS = 6;

    private static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));
    private static final Register CONSTANTS = RDI;
    private static final Register AT = RSI;
    private static final Register STEP = RDX;
    private static final Register BETWEEN = RCX;
    private static final List<Register> VIEW = List.of(R8, R9, R10, R11, R12, R13);
    private static final Register RESULTS = R14;
    private static final Register INDEX = RAX;
    private static final Register ROWS = RBX;
    private static final Register SLOTS = RBP;
    private static final Register LEFT = R15;

    /// How many runs are left, below the slots.
    private static final Address RUNS_LEFT = Address.of(RSP, 0);

    // registers that are not handed out: the mask, and the lanes
    private static final int MASK = 15;
    private static final int[] SUMS = {14, 13};

    private final VectorSet set;
    private final Assembler code;
    private final int folded;
    private final int combined;
    private final int sum;
    private final int other;
    private final int identity;
    private final RowCode row;
    private final int room;

    /// @param chosen the results are: a sum with an element, a sum with another; the sum is loaded from the view
    ///     behind the last, the other from the one behind that
    /// @param views how rows meet them
    /// @param identity the bits that a fold begins with
    FoldLoop(Selection.Chosen chosen, List<Access> views, int identity, VectorSet set) {
        this.set = set;
        this.code = new Assembler(set);
        this.folded = chosen.results().getFirst();
        this.combined = chosen.results().getLast();
        this.sum = chosen.insns().indexOf(new Insn.Load(views.size(), 0));
        this.other = chosen.insns().indexOf(new Insn.Load(views.size() + 1, 0));
        this.identity = identity;
        int[] handedOut = IntStream.range(0, set.registers())
                .filter(r -> r < SUMS[1] || r > MASK)
                .toArray();
        this.room = RowCode.room(chosen.insns(), set) + set.bytes();
        this.row = new RowCode(
                code, chosen.insns(), views, new RowCode.Walkers(CONSTANTS, SLOTS, INDEX, VIEW, null), MASK, handedOut);
    }

    int[] constants() {
        return row.constants(identity);
    }

    /// Where in the constants, in bytes, the mask of `count` lanes is; 0 for none.
    int mask(int count) {
        return count == 0 ? 0 : row.mask(count, 1);
    }

    /// Registers that hold 16 lanes.
    private int sums() {
        return Reducer.LANES / set.lanes();
    }

    byte[] write() {
        FRAME.enter(code);
        for (int view = 2; view < VIEWS; view++) {
            code.load(VIEW.get(view), FRAME.argument(4 + view, 0));
        }
        code.load(RESULTS, FRAME.argument(10, 0));
        code.add(RESULTS, FRAME.argument(11, 0));
        code.load(ROWS, FRAME.argument(12, 0));
        row.advance(AT);
        code.subtract(RSP, room);
        code.move(SLOTS, RSP);
        code.add(SLOTS, set.bytes() + Long.BYTES - 1);
        code.and(SLOTS, -set.bytes());
        Label nextRow = code.here();
        for (int i = 0; i < sums(); i++) {
            code.loadVector(SUMS[i], row.constant(row.lanes().constants().size()));
        }
        code.load(LEFT, FRAME.argument(13, room));
        code.store(RUNS_LEFT, LEFT);
        Label nextRun = code.here();
        run();
        row.advance(BETWEEN);
        code.subtract(RUNS_LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, nextRun);
        tree();
        code.storeFirst(Address.of(RESULTS, 0), SUMS[0]);
        code.add(RESULTS, Float.BYTES);
        row.advance(STEP);
        code.subtract(ROWS, 1);
        code.jumpBack(Condition.NOT_ZERO, nextRow);
        code.add(RSP, room);
        FRAME.leave(code);
        return code.bytes();
    }

    private void run() {
        row.begin();
        code.clear(INDEX);
        code.load(LEFT, FRAME.argument(14, room));
        code.test(LEFT);
        Jump toRest = code.jumpAhead(Condition.ZERO);
        Label group = code.here();
        for (int i = 0; i < sums(); i++) {
            fold(i, false);
        }
        code.add(INDEX, Reducer.LANES);
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, group);
        code.land(toRest);
        for (int i = 0; i < sums(); i++) {
            code.load(LEFT, FRAME.argument(15 + i, room));
            code.test(LEFT);
            Jump toEnd = code.jumpAhead(Condition.ZERO);
            code.loadVector(MASK, new Address(CONSTANTS, LEFT, 1, 0));
            fold(i, true);
            code.land(toEnd);
        }
    }

    /// Combines a vector of elements with vector `i` of the lanes.
    private void fold(int i, boolean masked) {
        LaneWriter lanes = row.lanes();
        row.at(i * set.lanes(), masked);
        lanes.forget();
        lanes.holds(SUMS[i], sum);
        row.write(List.of(folded));
        int result = lanes.register(folded);
        if (masked) {
            code.blend(SUMS[i], SUMS[i], result, MASK);
        } else {
            code.moveVector(SUMS[i], result);
        }
        lanes.forget();
    }

    /// Lane i takes lane i + 8, then i + 4, i + 2, i + 1.
    private void tree() {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            if (half < set.lanes()) {
                code.swap(SUMS[1], SUMS[0], half);
            }
            LaneWriter lanes = row.lanes();
            lanes.forget();
            lanes.holds(SUMS[0], sum);
            lanes.holds(SUMS[1], other);
            row.write(List.of(combined));
            code.moveVector(SUMS[0], lanes.register(combined));
            lanes.forget();
        }
    }
}
