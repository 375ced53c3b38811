package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The expressions of a loop over rows of elements: what is the same for a whole row is computed once and kept in a
/// slot, the rest for each vector of elements.
final class RowCode implements LaneWriter.Places {
    /// @param constants where the constants of [#constants] begin
    /// @param slots where there is room for values that find no register
    /// @param index how far a row has come, in elements
    /// @param views where the row at hand begins in each view
    /// @param lastBytes where what is left of rows of bytes can be, or `null` where there are no bytes
    record Walkers(
            Register constants,
            Register slots,
            Register index,
            List<Register> views,
            @Nullable LastBytes lastBytes) {}

    /// The most bytes of the stack that slots may take: what lies below the frames of Java is not looked after.
    private static final int MOST_ROOM = 1 << 15;

    private final Assembler code;
    private final List<Insn> insns;
    private final List<Access> views;
    private final Walkers walkers;
    private final int mask;
    private final LaneWriter lanes;
    private final boolean[] invariant;

    private int kept;
    private boolean masked;
    private int ahead;

    /// @param views how rows meet them; what is loaded from others behind them has to be in registers already
    /// @param mask the register of the mask of the last elements of a row
    /// @param handedOut the registers for values
    RowCode(Assembler code, List<Insn> insns, List<Access> views, Walkers walkers, int mask, int... handedOut) {
        this.code = code;
        this.insns = insns;
        this.views = views;
        this.walkers = walkers;
        this.mask = mask;
        if (room(insns, code.set()) > MOST_ROOM) {
            throw new NotGenerated(insns.size() + " instructions, whose values might not fit on the stack");
        }
        this.lanes = new LaneWriter(code, insns, this, handedOut);
        this.invariant = new boolean[insns.size()];
        for (int i = 0; i < invariant.length; i++) {
            Insn insn = insns.get(i);
            invariant[i] = insn instanceof Insn.Load(int view, int ignored)
                    ? view < views.size() && views.get(view).repeated()
                    : IntStream.of(insn.operands()).allMatch(o -> invariant[o]);
        }
    }

    LaneWriter lanes() {
        return lanes;
    }

    /// The most bytes that slots need: one for each value, since it is not known before how many there will be.
    static int room(List<Insn> insns, VectorSet set) {
        return (insns.size() + 1) * set.bytes();
    }

    /// Computes what is the same for the row at hand.
    void begin() {
        List<Integer> once = IntStream.range(0, invariant.length)
                .filter(i -> invariant[i] && !(insns.get(i) instanceof Insn.Constant))
                .boxed()
                .toList();
        lanes.forget();
        lanes.write(once, once);
        once.forEach(lanes::keep);
        lanes.forget();
        kept = lanes.slots();
    }

    /// Computes `results` for one vector of elements.
    void write(List<Integer> results) {
        lanes.reuseSlots(kept);
        lanes.write(varying(results), results);
    }

    /// What `results` need for each vector of elements.
    private List<Integer> varying(List<Integer> results) {
        BitSet needed = new BitSet();
        results.forEach(needed::set);
        List<Integer> varying = new ArrayList<>();
        for (int i = insns.size() - 1; i >= 0; i--) {
            if (needed.get(i)) {
                IntStream.of(insns.get(i).operands()).forEach(needed::set);
                if (!invariant[i] && !(insns.get(i) instanceof Insn.Constant)) {
                    varying.addFirst(i);
                }
            }
        }
        return varying;
    }

    /// Which elements are loaded from now on.
    ///
    /// @param ahead how many elements after the index
    /// @param masked whether only those under the mask
    void at(int ahead, boolean masked) {
        this.ahead = ahead;
        this.masked = masked;
    }

    /// Elements of a view, or as `group` 1 those after them.
    Address element(int view, int group) {
        int bytes = LaneViews.bytes(views.get(view));
        int elements = ahead + group * code.set().lanes();
        return new Address(walkers.views().get(view), walkers.index(), bytes, elements * bytes);
    }

    /// The bits of the constants, each for all lanes, then those of `more`; then all lanes of ones and of zeros, of
    /// which a mask is a part.
    int[] constants(int... more) {
        List<Integer> bits = new ArrayList<>(lanes.constants());
        IntStream.of(more).forEach(bits::add);
        int width = code.set().lanes();
        int[] all = new int[(bits.size() + 2) * width];
        for (int i = 0; i < all.length - width; i++) {
            all[i] = i / width < bits.size() ? bits.get(i / width) : -1;
        }
        return all;
    }

    /// Where in the constants, with `more` others, the mask of `count` lanes is, in bytes.
    int mask(int count, int more) {
        return ((lanes.constants().size() + more + 1) * code.set().lanes() - count) * Integer.BYTES;
    }

    @Override
    public Address constant(int number) {
        return Address.of(walkers.constants(), number * code.set().bytes());
    }

    @Override
    public Address slot(int number) {
        return Address.of(walkers.slots(), number * code.set().bytes());
    }

    @Override
    public void load(Assembler to, int register, int view, int group) {
        Access access = views.get(view);
        boolean signed = access.dtype() == DType.I8;
        if (access.repeated()) {
            Address one = Address.of(walkers.views().get(view), 0);
            if (LaneViews.isOfBytes(access)) {
                to.broadcastByte(register, one, signed);
            } else {
                to.broadcast(register, one);
            }
        } else if (LaneViews.isOfBytes(access)) {
            Address some = element(view, group);
            to.loadBytes(
                    register,
                    masked ? Objects.requireNonNull(walkers.lastBytes()).read(some) : some,
                    signed);
        } else if (masked) {
            to.loadSome(register, mask, element(view, group));
        } else {
            to.loadVector(register, element(view, group));
        }
    }

    /// Moves every view on by what `distances` hold for it, in elements.
    void advance(Register distances) {
        for (int view = 0; view < views.size(); view++) {
            code.loadInt(walkers.index(), Address.of(distances, view * Integer.BYTES));
            if (!LaneViews.isOfBytes(views.get(view))) {
                code.multiply(walkers.index(), walkers.index(), Float.BYTES);
            }
            code.add(walkers.views().get(view), walkers.index());
        }
    }
}
