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
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.IntStream;

/// Writes the loop of a Map over rows of elements of 32 bits, or bytes: whole vectors, then what is left over under a
/// mask.
///
/// It is a C function of 15 arguments in the System V calling convention: `(void *constants, int *at, int *step, void
/// *view0, …, void *view7, long rows, long vectors, long mask, long rest)`. View k begins at element `at[k]`, rows are
/// `step[k]` elements apart. The constants are those of [#constants()]; `mask` says where in them, in bytes, the mask
/// of the last `rest` elements of a row is, and is 0 where there are none. The views of the results are the last.
final class MapLoop {
    /// The most views.
    static final int VIEWS = 8;

    private static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));
    private static final Register CONSTANTS = RDI;
    private static final Register AT = RSI;
    private static final Register STEP = RDX;
    private static final List<Register> VIEW = List.of(RCX, R8, R9, R10, R11, R12, R13, R14);
    private static final Register INDEX = RAX;
    private static final Register BYTE = RBX;
    private static final Register SLOTS = RBP;
    private static final Register LEFT = R15;

    /// How many rows are left, below the slots.
    private static final Address ROWS_LEFT = Address.of(RSP, 0);

    /// Where the last bytes of a row can be, above it.
    private static final int LAST_BYTES = Long.BYTES;

    private final VectorSet set;

    /// The register of the mask, which is not handed out.
    private final int mask;

    /// One that bytes go through on their way to memory: it is not handed out either where there are any.
    private final int packed;

    private final Assembler code;
    private final TwoGroups groups;
    private final List<Access> views;
    private final LastBytes lastBytes;
    private final int room;
    private final RowCode row;

    /// @param views how rows meet them
    MapLoop(Selection.Chosen chosen, List<Access> views, VectorSet set) {
        this.set = set;
        this.mask = set.registers() - 1;
        this.packed = mask - 1;
        this.code = new Assembler(set);
        this.groups = TwoGroups.of(chosen, views.stream().map(Access::repeated).toList());
        this.views = views;
        this.room = RowCode.room(groups.insns(), set) + set.bytes();
        this.lastBytes = new LastBytes(code, AT, LEFT, BYTE, FRAME.argument(14, room), LAST_BYTES);
        boolean storesBytes = views.subList(views.size() - chosen.results().size(), views.size()).stream()
                .anyMatch(LaneViews::isOfBytes);
        this.row = new RowCode(
                code,
                groups.insns(),
                views,
                new RowCode.Walkers(CONSTANTS, SLOTS, INDEX, VIEW, lastBytes),
                mask,
                IntStream.range(0, storesBytes ? packed : mask).toArray());
    }

    int[] constants() {
        return row.constants();
    }

    /// Where in the constants, in bytes, the mask of `count` lanes is.
    int mask(int count) {
        return row.mask(count, 0);
    }

    byte[] write() {
        FRAME.enter(code);
        for (int view = 3; view < VIEWS; view++) {
            code.load(VIEW.get(view), FRAME.argument(3 + view, 0));
        }
        row.advance(AT);
        code.subtract(RSP, room);
        code.load(LEFT, FRAME.argument(11, room));
        code.store(ROWS_LEFT, LEFT);
        code.move(SLOTS, RSP);
        code.add(SLOTS, LAST_BYTES + LastBytes.MOST + set.bytes() - 1);
        code.and(SLOTS, -set.bytes());
        Label nextRow = code.here();
        row.begin();
        code.clear(INDEX);
        code.load(LEFT, FRAME.argument(12, room));
        code.subtract(LEFT, 2);
        Jump toLast = code.jumpAhead(Condition.LESS);
        Label two = code.here();
        pair();
        code.add(INDEX, 2 * set.lanes());
        code.subtract(LEFT, 2);
        code.jumpBack(Condition.AT_LEAST, two);
        code.land(toLast);
        code.add(LEFT, 2);
        Jump toRest = code.jumpAhead(Condition.ZERO);
        single(false);
        code.add(INDEX, set.lanes());
        code.land(toRest);
        code.load(LEFT, FRAME.argument(13, room));
        code.test(LEFT);
        Jump toEnd = code.jumpAhead(Condition.ZERO);
        code.loadVector(mask, new Address(CONSTANTS, LEFT, 1, 0));
        single(true);
        code.land(toEnd);
        row.advance(STEP);
        code.subtract(ROWS_LEFT, 1);
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
        int first = views.size() - results.size();
        for (int k = 0; k < results.size(); k++) {
            int register = row.lanes().register(results.get(k));
            Address to = row.element(first + k, group);
            if (LaneViews.isOfBytes(views.get(first + k))) {
                boolean signed = views.get(first + k).dtype() == DType.I8;
                code.storeBytes(masked ? lastBytes.place() : to, register, packed, signed);
                if (masked) {
                    lastBytes.write(to);
                }
            } else if (masked) {
                code.storeSome(to, mask, register);
            } else {
                code.storeVector(to, register);
            }
        }
    }
}
