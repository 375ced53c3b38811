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

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Jump;
import dev.quern.cpu.machine.Assembler.Label;
import java.util.List;
import java.util.stream.IntStream;

/// Writes the loop of a Map over rows of elements of 32 bits: whole vectors, then what is left over under a mask.
///
/// It is a C function of 14 arguments in the System V calling convention: `(void *constants, int *at, int *step, float
/// *view0, …, float *view7, long rows, long vectors, long mask)`. View k begins at element `at[k]`, rows are `step[k]`
/// elements apart. The constants are those of [#constants()]; `mask` says where in them, in bytes, the mask of the last
/// elements of a row is, and is 0 where there are none. The views of the results are the last.
final class MapLoop {
    /// The most views.
    static final int VIEWS = 8;

    private static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));
    private static final Register CONSTANTS = RDI;
    private static final Register AT = RSI;
    private static final Register STEP = RDX;
    private static final List<Register> VIEW = List.of(RCX, R8, R9, R10, R11, R12, R13, R14);
    private static final Register INDEX = RAX;
    private static final Register ROWS = RBX;
    private static final Register SLOTS = RBP;
    private static final Register LEFT = R15;

    private final VectorSet set;

    /// The register of the mask, which is not handed out.
    private final int mask;

    private final Assembler code;
    private final TwoGroups groups;
    private final int views;
    private final RowCode row;

    /// @param repeated of each view whether it is one element for a whole row
    MapLoop(Selection.Chosen chosen, List<Boolean> repeated, VectorSet set) {
        this.set = set;
        this.mask = set.registers() - 1;
        this.code = new Assembler(set);
        this.groups = TwoGroups.of(chosen, repeated);
        this.views = repeated.size();
        this.row = new RowCode(
                code,
                groups.insns(),
                repeated,
                new RowCode.Walkers(CONSTANTS, SLOTS, INDEX, VIEW),
                mask,
                IntStream.range(0, mask).toArray());
    }

    int[] constants() {
        return row.constants();
    }

    /// Where in the constants, in bytes, the mask of `count` lanes is.
    int mask(int count) {
        return row.mask(count, 0);
    }

    byte[] write() {
        int room = row.room();
        FRAME.enter(code);
        for (int view = 3; view < VIEWS; view++) {
            code.load(VIEW.get(view), FRAME.argument(3 + view, 0));
        }
        code.load(ROWS, FRAME.argument(11, 0));
        row.advance(AT);
        code.subtract(RSP, room);
        code.move(SLOTS, RSP);
        code.add(SLOTS, set.bytes() - 1);
        code.and(SLOTS, -set.bytes());
        Label nextRow = code.here();
        row.begin();
        code.clear(INDEX);
        code.load(LEFT, FRAME.argument(12, room));
        code.subtract(LEFT, 2);
        Jump toLast = code.jumpAhead(Condition.LESS);
        Label two = code.here();
        pair();
        code.add(INDEX, 2 * set.bytes());
        code.subtract(LEFT, 2);
        code.jumpBack(Condition.AT_LEAST, two);
        code.land(toLast);
        code.add(LEFT, 2);
        Jump toRest = code.jumpAhead(Condition.ZERO);
        single(false);
        code.add(INDEX, set.bytes());
        code.land(toRest);
        code.load(LEFT, FRAME.argument(13, room));
        code.test(LEFT);
        Jump toEnd = code.jumpAhead(Condition.ZERO);
        code.loadVector(mask, new Address(CONSTANTS, LEFT, 1, 0));
        single(true);
        code.land(toEnd);
        row.advance(STEP);
        code.subtract(ROWS, 1);
        code.jumpBack(Condition.NOT_ZERO, nextRow);
        code.add(RSP, room);
        FRAME.leave(code);
        return code.bytes();
    }

    /// Two vectors of each view.
    private void pair() {
        row.at(0, false);
        row.lanes().forget();
        row.write(groups.all());
        store(groups.first(), 0, false);
        store(groups.second(), 1, false);
        row.lanes().forget();
    }

    private void single(boolean masked) {
        row.at(0, masked);
        row.lanes().forget();
        row.write(groups.first());
        store(groups.first(), 0, masked);
        row.lanes().forget();
    }

    private void store(List<Integer> results, int group, boolean masked) {
        int first = views - results.size();
        for (int k = 0; k < results.size(); k++) {
            int register = row.lanes().register(results.get(k));
            Address to = row.element(first + k, group);
            if (masked) {
                code.storeSome(to, mask, register);
            } else {
                code.storeVector(to, register);
            }
        }
    }
}
