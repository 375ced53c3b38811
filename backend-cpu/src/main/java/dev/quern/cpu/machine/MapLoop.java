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
import java.util.ArrayList;
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

    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
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
    private final Selection.Chosen chosen;
    private final List<Boolean> repeated;
    private final Places places = new Places();
    private final LaneWriter lanes;
    private final List<Integer> once = new ArrayList<>();
    private final List<Integer> each = new ArrayList<>();

    /// @param repeated of each view whether it is one element for a whole row
    MapLoop(Selection.Chosen chosen, List<Boolean> repeated, VectorSet set) {
        this.set = set;
        this.mask = set.registers() - 1;
        this.code = new Assembler(set);
        this.chosen = chosen;
        this.repeated = repeated;
        this.lanes = new LaneWriter(
                code, chosen.insns(), places, IntStream.range(0, mask).toArray());
        boolean[] invariant = new boolean[chosen.insns().size()];
        for (int i = 0; i < invariant.length; i++) {
            Insn insn = chosen.insns().get(i);
            invariant[i] = insn instanceof Insn.Load(int view)
                    ? repeated.get(view)
                    : IntStream.of(insn.operands()).allMatch(o -> invariant[o]);
            if (!(insn instanceof Insn.Constant)) {
                (invariant[i] ? once : each).add(i);
            }
        }
    }

    /// Where things are: what is left over in a row is read under the mask.
    private final class Places implements LaneWriter.Places {
        boolean masked;

        @Override
        public Address constant(int number) {
            return Address.of(CONSTANTS, number * set.bytes());
        }

        @Override
        public Address slot(int number) {
            return Address.of(SLOTS, number * set.bytes());
        }

        @Override
        public void load(Assembler to, int register, int view) {
            if (repeated.get(view)) {
                to.broadcast(register, Address.of(VIEW.get(view), 0));
            } else if (masked) {
                to.loadSome(register, mask, element(view));
            } else {
                to.loadVector(register, element(view));
            }
        }
    }

    private static Address element(int view) {
        return new Address(VIEW.get(view), INDEX, 1, 0);
    }

    /// The bits of the constants, each for all lanes; then all lanes of ones and of zeros, of which a mask is a part.
    int[] constants() {
        List<Integer> bits = lanes.constants();
        int width = set.lanes();
        int[] all = new int[(bits.size() + 2) * width];
        for (int i = 0; i < all.length - width; i++) {
            all[i] = i / width < bits.size() ? bits.get(i / width) : -1;
        }
        return all;
    }

    /// Where in the constants, in bytes, the mask of `count` lanes is.
    int mask(int count) {
        return ((lanes.constants().size() + 1) * set.lanes() - count) * Integer.BYTES;
    }

    byte[] write() {
        // room for slots is made before it is known how many there are: one for each value is enough
        int room = (chosen.insns().size() + 1) * set.bytes();
        for (Register r : SAVED) {
            code.push(r);
        }
        for (int view = 3; view < VIEWS; view++) {
            code.load(VIEW.get(view), argument(3 + view));
        }
        code.load(ROWS, argument(11));
        for (int view = 0; view < repeated.size(); view++) {
            advance(view, AT);
        }
        code.subtract(RSP, room);
        code.move(SLOTS, RSP);
        code.add(SLOTS, set.bytes() - 1);
        code.and(SLOTS, -set.bytes());
        Label row = code.here();
        lanes.write(once, once);
        once.forEach(lanes::keep);
        code.clear(INDEX);
        code.load(LEFT, argument(12, room));
        code.test(LEFT);
        Jump toRest = code.jumpAhead(Condition.ZERO);
        Label vector = code.here();
        elements(false);
        code.add(INDEX, set.bytes());
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, vector);
        code.land(toRest);
        code.load(LEFT, argument(13, room));
        code.test(LEFT);
        Jump toEnd = code.jumpAhead(Condition.ZERO);
        code.loadVector(mask, new Address(CONSTANTS, LEFT, 1, 0));
        elements(true);
        code.land(toEnd);
        for (int view = 0; view < repeated.size(); view++) {
            advance(view, STEP);
        }
        code.subtract(ROWS, 1);
        code.jumpBack(Condition.NOT_ZERO, row);
        code.add(RSP, room);
        code.endVectors();
        for (Register r : SAVED.reversed()) {
            code.pop(r);
        }
        code.ret();
        return code.bytes();
    }

    private void elements(boolean masked) {
        places.masked = masked;
        lanes.forget();
        lanes.write(each, chosen.results());
        int first = repeated.size() - chosen.results().size();
        for (int k = 0; k < chosen.results().size(); k++) {
            int register = lanes.register(chosen.results().get(k));
            if (masked) {
                code.storeSome(element(first + k), mask, register);
            } else {
                code.storeVector(element(first + k), register);
            }
        }
        lanes.forget();
    }

    /// Moves on by what `distances` hold for a view.
    private void advance(int view, Register distances) {
        code.loadInt(INDEX, Address.of(distances, view * Integer.BYTES));
        code.multiply(INDEX, INDEX, Float.BYTES);
        code.add(VIEW.get(view), INDEX);
    }

    private static Address argument(int number) {
        return argument(number, 0);
    }

    private static Address argument(int number, int room) {
        return Address.of(RSP, room + (SAVED.size() + 1 + number - 6) * Long.BYTES);
    }
}
