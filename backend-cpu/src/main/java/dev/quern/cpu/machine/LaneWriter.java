package dev.quern.cpu.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// Writes straight-line code over lanes, handing out registers as it goes. A value that finds none left goes to a
/// slot in memory: the one that is needed last. Constants are operands in memory.
final class LaneWriter {
    /// Where things are in memory.
    interface Places {
        /// Constant `number` in all lanes, as [#constants] counts them.
        Address constant(int number);

        /// Slot `number`, as long as a register.
        Address slot(int number);

        /// Puts the element of a view into a register.
        void load(Assembler code, int register, int view, int group);
    }

    private static final int NOWHERE = -1;

    private final Assembler code;
    private final List<Insn> insns;
    private final Places places;

    /// The registers that are handed out.
    private final int[] registers;

    /// What each register holds.
    private final int[] holds;

    private final int[] registerOf;
    private final int[] slotOf;
    private final List<Integer> constants = new ArrayList<>();
    private final int[] constantOf;
    private int slots;

    // of the sequence that is being written
    private List<Integer> sequence = List.of();
    private BitSet kept = new BitSet();
    private int now;

    /// @param registers to be handed out, at least four
    LaneWriter(Assembler code, List<Insn> insns, Places places, int... registers) {
        this.code = code;
        this.insns = insns;
        this.places = places;
        this.registers = registers;
        this.holds = filled(code.set().registers());
        this.registerOf = filled(insns.size());
        this.slotOf = filled(insns.size());
        this.constantOf = filled(insns.size());
        for (int i = 0; i < insns.size(); i++) {
            if (insns.get(i) instanceof Insn.Constant(int bits)) {
                constantOf[i] = constants.size();
                constants.add(bits);
            }
        }
    }

    private static int[] filled(int length) {
        int[] all = new int[length];
        Arrays.fill(all, NOWHERE);
        return all;
    }

    /// The bits of the constants, by number.
    List<Integer> constants() {
        return constants;
    }

    /// How many slots have been used.
    int slots() {
        return slots;
    }

    /// Lets slots from this one on be used anew: what is in them is not needed any more.
    void reuseSlots(int from) {
        slots = from;
    }

    /// Writes a sequence of instructions; those of earlier sequences that are needed have to be in slots.
    ///
    /// @param needed what is needed after it
    void write(List<Integer> numbers, List<Integer> needed) {
        sequence = numbers;
        kept = new BitSet();
        needed.forEach(kept::set);
        numbers.forEach(n -> slotOf[n] = NOWHERE);
        for (now = 0; now < sequence.size(); now++) {
            int value = sequence.get(now);
            if (registerOf[value] == NOWHERE) {
                write(value, insns.get(value));
            }
        }
    }

    /// Says that `register` holds `value` already.
    void holds(int register, int value) {
        holds[register] = value;
        registerOf[value] = register;
    }

    /// Forgets what the registers hold, but not the slots.
    void forget() {
        for (int r = 0; r < holds.length; r++) {
            release(r);
        }
    }

    /// Puts `value` into a slot for good, if it is not in one.
    void keep(int value) {
        if (slotOf[value] == NOWHERE && constantOf[value] == NOWHERE) {
            slotOf[value] = slots++;
            code.storeVector(places.slot(slotOf[value]), registerOf[value]);
        }
    }

    /// The register of a value, which is loaded if it is in memory.
    int register(int value) {
        if (registerOf[value] == NOWHERE) {
            int register = take();
            code.loadVector(register, address(value));
            holds(register, value);
        }
        return registerOf[value];
    }

    private void release(int register) {
        if (holds[register] != NOWHERE) {
            registerOf[holds[register]] = NOWHERE;
            holds[register] = NOWHERE;
        }
    }

    private boolean isInMemory(int value) {
        return registerOf[value] == NOWHERE;
    }

    private Address address(int value) {
        return constantOf[value] == NOWHERE ? places.slot(slotOf[value]) : places.constant(constantOf[value]);
    }

    /// Where in the sequence a value is needed next after the instruction at hand.
    private int next(int value) {
        for (int i = now + 1; i < sequence.size(); i++) {
            for (int operand : insns.get(sequence.get(i)).operands()) {
                if (operand == value) {
                    return i;
                }
            }
        }
        return kept.get(value) ? sequence.size() : Integer.MAX_VALUE;
    }

    private boolean dies(int value) {
        return next(value) == Integer.MAX_VALUE;
    }

    /// A free register; if there is none, that of the value which is needed last, but for the operands at hand.
    private int take() {
        int best = NOWHERE;
        int farthest = -1;
        for (int register : registers) {
            int value = holds[register];
            if (value == NOWHERE) {
                return register;
            }
            boolean atHand = now < sequence.size()
                    && Arrays.stream(insns.get(sequence.get(now)).operands()).anyMatch(o -> o == value);
            if (!atHand && next(value) > farthest) {
                best = register;
                farthest = next(value);
            }
        }
        int value = holds[best];
        if (slotOf[value] == NOWHERE && constantOf[value] == NOWHERE) {
            keep(value);
        }
        release(best);
        return best;
    }

    /// A register for a result, perhaps that of an operand which is not needed any more.
    private int result(int value, int... operands) {
        for (int operand : operands) {
            if (registerOf[operand] != NOWHERE && isHandedOut(registerOf[operand]) && dies(operand)) {
                int register = registerOf[operand];
                release(register);
                holds(register, value);
                return register;
            }
        }
        int register = take();
        holds(register, value);
        return register;
    }

    private boolean isHandedOut(int register) {
        return Arrays.stream(registers).anyMatch(r -> r == register);
    }

    private void releaseDead(int... operands) {
        for (int operand : operands) {
            if (registerOf[operand] != NOWHERE && dies(operand)) {
                release(registerOf[operand]);
            }
        }
    }

    private void write(int value, Insn insn) {
        switch (insn) {
            case Insn.Constant ignored -> {}
            case Insn.Load(int view, int group) -> places.load(code, result(value), view, group);
            case Insn.Apply(var op, int x, int y, int number) -> {
                if (op.isUnary()) {
                    unary(value, op, y);
                } else {
                    boolean swapped = op.isSymmetric() && isInMemory(x) && !isInMemory(y);
                    binary(value, op, swapped ? y : x, swapped ? x : y, number);
                }
            }
            case Insn.Shift(var direction, int x, int distance) -> {
                int from = register(x);
                code.shift(direction, result(value, x), from, distance);
            }
            case Insn.Blend(int no, int yes, int mask) -> blend(value, no, yes, mask);
            case Insn.Fma(int a, int b, int c) -> fma(value, isInMemory(a) ? b : a, isInMemory(a) ? a : b, c);
        }
        releaseDead(insn.operands());
    }

    private void unary(int value, VectorOp op, int y) {
        if (isInMemory(y)) {
            code.apply(op, result(value), 0, address(y), 0);
        } else {
            int from = registerOf[y];
            code.apply(op, result(value, y), 0, from, 0);
        }
    }

    private void binary(int value, VectorOp op, int x, int y, int number) {
        int left = register(x);
        if (isInMemory(y)) {
            Address right = address(y);
            code.apply(op, result(value, x), left, right, number);
        } else {
            int right = registerOf[y];
            code.apply(op, result(value, x, y), left, right, number);
        }
    }

    private void blend(int value, int no, int yes, int mask) {
        int ifNot = register(no);
        int where = register(mask);
        if (isInMemory(yes)) {
            Address ifSo = address(yes);
            code.blend(result(value, no, mask), ifNot, ifSo, where);
        } else {
            int ifSo = registerOf[yes];
            code.blend(result(value, no, yes, mask), ifNot, ifSo, where);
        }
    }

    /// The result of a fused multiply-add takes the register of one of its operands; one may be in memory.
    ///
    /// @param a in a register, if one of the factors is
    private void fma(int value, int a, int b, int c) {
        register(a);
        boolean addendInMemory = isInMemory(c);
        if (addendInMemory || !isInMemory(b)) {
            register(b);
        }
        if (isInMemory(b)) {
            // and the addend is not
            if (dies(c) && !dies(a) && isHandedOut(registerOf[c])) {
                int factor = registerOf[a];
                Address other = address(b);
                code.apply(VectorOp.FMA_231, result(value, c), factor, other, 0);
            } else {
                int addend = registerOf[c];
                Address other = address(b);
                code.apply(VectorOp.FMA_132, overwritten(value, a), addend, other, 0);
            }
            return;
        }
        int factor = registerOf[b];
        if (addendInMemory) {
            Address addend = address(c);
            boolean second = !dies(a) && dies(b);
            int other = second ? registerOf[a] : factor;
            code.apply(VectorOp.FMA_213, overwritten(value, second ? b : a), other, addend, 0);
            return;
        }
        int addend = registerOf[c];
        if (dies(c) && isHandedOut(addend) && c != a && c != b) {
            int first = registerOf[a];
            code.apply(VectorOp.FMA_231, result(value, c), first, factor, 0);
        } else {
            code.apply(VectorOp.FMA_213, overwritten(value, a), factor, addend, 0);
        }
    }

    /// A register for a result that holds the value of `operand` first.
    private int overwritten(int value, int operand) {
        int from = registerOf[operand];
        int to = result(value, operand);
        if (to != from) {
            code.moveVector(to, from);
        }
        return to;
    }
}
