package dev.quern.cpu.machine;

/// The x86-64 instructions that the loops here use, as the GNU assembler encodes them: the shortest form of each.
///
/// Vectors are the registers of a [VectorSet]: 0 to 15 of 256 bits, or 0 to 31 of 512. Source: Intel 64 and IA-32
/// Architectures Software Developer's Manual, volume 2, the instructions' own pages.
final class Assembler extends Encoder {
    /// The mask register of wide vectors that instructions here go through.
    private static final int MASK = 1;

    private static final int MERGED = MASK;
    private static final int ZEROED = 1 << 7 | MASK;

    Assembler(VectorSet set) {
        super(set);
    }

    /// A place in the code to jump to.
    record Label(int at) {}

    /// A jump whose target comes later.
    record Jump(int end) {}

    Label here() {
        return new Label(size());
    }

    /// Conditions of a jump, by the number that the opcode carries.
    enum Condition {
        ZERO(4),
        NOT_ZERO(5),
        LESS(0xC),
        AT_LEAST(0xD);

        private final int number;

        Condition(int number) {
            this.number = number;
        }
    }

    void jumpBack(Condition condition, Label target) {
        int near = target.at - (size() + 2);
        if (near >= -128) {
            put(0x70 | condition.number);
            put(near);
        } else {
            put(0x0F);
            put(0x80 | condition.number);
            putInt(target.at - (size() + 4));
        }
    }

    Jump jumpAhead(Condition condition) {
        put(0x0F);
        put(0x80 | condition.number);
        putInt(0);
        return new Jump(size());
    }

    Jump jumpAhead() {
        put(0xE9);
        putInt(0);
        return new Jump(size());
    }

    /// Lets `jump` lead here.
    void land(Jump jump) {
        patch(jump.end - Integer.BYTES, size() - jump.end);
    }

    void move(Register to, Register from) {
        registers(0x89, from, to);
    }

    void load(Register to, Address from) {
        rex(to, from);
        put(0x8B);
        operand(to.low(), from, 1);
    }

    void store(Address to, Register from) {
        rex(from, to);
        put(0x89);
        operand(from.low(), to, 1);
    }

    void add(Register to, Register from) {
        registers(0x01, from, to);
    }

    void add(Register to, Address from) {
        rex(to, from);
        put(0x03);
        operand(to.low(), from, 1);
    }

    void add(Register to, int value) {
        immediate(0, to, value);
    }

    void subtract(Register from, int value) {
        immediate(5, from, value);
    }

    void and(Register to, int value) {
        immediate(4, to, value);
    }

    /// The 32-bit integer at `from`, with its sign.
    void loadInt(Register to, Address from) {
        rex(to, from);
        put(0x63);
        operand(to.low(), from, 1);
    }

    /// The byte at `from`, without a sign.
    void loadByte(Register to, Address from) {
        rex(to, from);
        put(0x0F);
        put(0xB6);
        operand(to.low(), from, 1);
    }

    /// Stores the lowest byte of a register.
    void storeByte(Address to, Register from) {
        int index = to.index() == null ? 0 : to.index().high();
        int high = from.high() << 2 | index << 1 | to.base().high();
        boolean inFirstFour = from.high() == 0 && from.low() < 4;
        if (high > 0 || !inFirstFour) {
            put(0x40 | high);
        }
        put(0x88);
        operand(from.low(), to, 1);
    }

    void clear(Register x) {
        registers(0x31, x, x);
    }

    /// Takes `value`, between −128 and 127, from the number at `from`.
    void subtract(Address from, int value) {
        rex(Register.RBP, from);
        put(0x83);
        operand(Register.RBP.low(), from, 1);
        put(value);
    }

    /// Sets the flags by the value of `x`.
    void test(Register x) {
        registers(0x85, x, x);
    }

    /// `to = from · factor` for a factor between −128 and 127.
    void multiply(Register to, Register from, int factor) {
        put(0x48 | to.high() << 2 | from.high());
        put(0x6B);
        put(DIRECT | to.low() << 3 | from.low());
        put(factor);
    }

    /// Asks for the cache line at `at`, into the second level; an address where no memory is is passed over.
    void prefetch(Address at) {
        int index = at.index() == null ? 0 : at.index().high();
        if (at.base().high() + index > 0) {
            put(0x40 | index << 1 | at.base().high());
        }
        put(0x0F);
        put(0x18);
        operand(2, at, 1);
    }

    void push(Register x) {
        shortForm(0x50, x);
    }

    void pop(Register x) {
        shortForm(0x58, x);
    }

    void ret() {
        put(0xC3);
    }

    void loadVector(int to, Address from) {
        vector(MAP_0F, NO_PREFIX, 0x10, to, 0, from, set().bytes());
    }

    void storeVector(Address to, int from) {
        vector(MAP_0F, NO_PREFIX, 0x11, from, 0, to, set().bytes());
    }

    void moveVector(int to, int from) {
        if (!set().isWide() && from > 7 && to <= 7) {
            vectors(MAP_0F, NO_PREFIX, 0x29, from, 0, to);
        } else {
            vectors(MAP_0F, NO_PREFIX, 0x28, to, 0, from);
        }
    }

    /// The float at `from` in all lanes.
    void broadcast(int to, Address from) {
        vector(MAP_0F38, PREFIX_66, 0x18, to, 0, from, Float.BYTES);
    }

    void zero(int to) {
        if (set().isWide()) {
            vectors(MAP_0F, PREFIX_66, 0xEF, to, to, to);
        } else {
            vectors(MAP_0F, NO_PREFIX, 0x57, to, to, to);
        }
    }

    /// `to = x + y`.
    void add(int to, int x, int y) {
        vectors(MAP_0F, NO_PREFIX, 0x58, to, x, y);
    }

    /// `to = max(x, y)`; `y` where both are zeros or one is NaN.
    void max(int to, int x, int y) {
        vectors(MAP_0F, NO_PREFIX, 0x5F, to, x, y);
    }

    /// All bits of a lane of `to` where `x` or `y` is NaN, else none.
    void unordered(int to, int x, int y) {
        apply(VectorOp.COMPARE, to, x, y, 3);
    }

    /// Lanes of `y` where the sign of `mask` is set, else of `x`.
    void blend(int to, int x, int y, int mask) {
        if (set().isWide()) {
            mask(mask);
            maskNext(MERGED);
            vectors(MAP_0F38, PREFIX_66, 0x65, to, x, y);
        } else {
            vectors(MAP_0F3A, PREFIX_66, 0x4A, to, x, y);
            put(mask << 4);
        }
    }

    /// `sum += x · y`, rounded once.
    void fma(int sum, int x, int y) {
        vectors(MAP_0F38, PREFIX_66, 0xB8, sum, x, y);
    }

    /// In each lane of 32 bits the sum of two products: of the 16-bit numbers in its halves.
    void multiplyPairs(int to, int x, int y) {
        vectors(MAP_0F, PREFIX_66, 0xF5, to, x, y);
    }

    /// The same added to `sum`, which wraps; only where [VectorSet#sumsPairs()].
    void sumPairs(int sum, int x, int y) {
        if (!set().sumsPairs()) {
            throw new IllegalStateException("no such instruction in " + set());
        }
        vectors(MAP_0F38, PREFIX_66, 0x52, sum, x, y);
    }

    /// `to = x + y` in lanes of 32 bits, which wrap.
    void addIntegers(int to, int x, int y) {
        vectors(MAP_0F, PREFIX_66, 0xFE, to, x, y);
    }

    /// `to = x − y` in lanes of 16 bits, which wrap.
    void subtractShorts(int to, int x, int y) {
        vectors(MAP_0F, PREFIX_66, 0xF9, to, x, y);
    }

    /// 32-bit integers as floats, rounded to nearest, ties to even.
    void toFloats(int to, int from) {
        vectors(MAP_0F, NO_PREFIX, 0x5B, to, 0, from);
    }

    /// Bytes at `from`, half as many as a register has, as 16-bit numbers.
    void widen(int to, Address from, boolean signed) {
        vector(MAP_0F38, PREFIX_66, signed ? 0x20 : 0x30, to, 0, from, set().bytes() / 2);
    }

    /// Bytes at `from`, as many as a register has lanes, as 32-bit integers.
    void loadBytes(int to, Address from, boolean signed) {
        vector(MAP_0F38, PREFIX_66, signed ? 0x21 : 0x31, to, 0, from, set().lanes());
    }

    /// The byte at `from` as a 32-bit integer in all lanes.
    void broadcastByte(int to, Address from, boolean signed) {
        vector(MAP_0F38, PREFIX_66, 0x78, to, 0, from, Byte.BYTES);
        int rest = Integer.SIZE - Byte.SIZE;
        shift(signed ? Insn.Direction.RIGHT : Insn.Direction.RIGHT_UNSIGNED, to, to, rest);
    }

    /// Stores 32-bit integers that a byte holds as bytes.
    ///
    /// @param free a register that is overwritten
    void storeBytes(Address to, int from, int free, boolean signed) {
        if (set().isWide()) {
            vector(MAP_0F38, PREFIX_F3, 0x31, from, 0, to, set().lanes());
            return;
        }
        vectors(MAP_0F3A, PREFIX_66, 0x39, from, 0, free);
        put(1);
        vectors(MAP_0F, PREFIX_66, 0x6B, free, from, free);
        vectors(MAP_0F, PREFIX_66, signed ? 0x63 : 0x67, free, free, free);
        int index = to.index() == null ? 0 : to.index().high();
        vex(MAP_0F, PREFIX_66, free >> 3, index, to.base().high(), 0, 0);
        put(0xD6);
        operand(free & 7, to, 1);
    }

    /// @param x passed over where the operation has one operand
    /// @param number what a comparison compares by, how is rounded, else passed over
    void apply(VectorOp op, int to, int x, int y, int number) {
        int first = op.isUnary() ? 0 : x;
        if (set().isWide()) {
            vectors(op.map, op.widePrefix(), op.wideOpcode(), op.compares() ? MASK : to, first, y);
        } else {
            vectors(op.map, op.prefix, op.opcode, to, first, y);
        }
        endNumbered(op, to, number);
    }

    /// @param x passed over where the operation has one operand
    /// @param number what a comparison compares by, how is rounded, else passed over
    void apply(VectorOp op, int to, int x, Address y, int number) {
        int first = op.isUnary() ? 0 : x;
        if (set().isWide()) {
            vector(op.map, op.widePrefix(), op.wideOpcode(), op.compares() ? MASK : to, first, y, set().bytes());
        } else {
            vector(op.map, op.prefix, op.opcode, to, first, y, set().bytes());
        }
        endNumbered(op, to, number);
    }

    /// The byte that says by what is compared, or how rounded; wide vectors compare into a mask register, from where
    /// lanes of ones
    /// and zeros are made.
    private void endNumbered(VectorOp op, int to, int number) {
        if (op.isNumbered()) {
            put(number);
        }
        if (set().isWide() && op.compares()) {
            vectors(MAP_0F38, PREFIX_F3, 0x38, to, 0, MASK);
        }
    }

    /// The signs of lanes into the mask register.
    private void mask(int lanes) {
        vectors(MAP_0F38, PREFIX_F3, 0x39, MASK, 0, lanes);
    }

    /// Lanes of 32 bits, shifted.
    void shift(Insn.Direction direction, int to, int from, int distance) {
        vectors(MAP_0F, PREFIX_66, 0x72, direction.number, to, from);
        put(distance);
    }

    /// As [#blend(int, int, int, int)], with `y` in memory.
    void blend(int to, int x, Address y, int mask) {
        if (set().isWide()) {
            mask(mask);
            maskNext(MERGED);
            vector(MAP_0F38, PREFIX_66, 0x65, to, x, y, set().bytes());
        } else {
            vector(MAP_0F3A, PREFIX_66, 0x4A, to, x, y, set().bytes());
            put(mask << 4);
        }
    }

    /// The lanes at `from` where the sign of `mask` is set, else 0; the others are not touched.
    void loadSome(int to, int mask, Address from) {
        if (set().isWide()) {
            mask(mask);
            maskNext(ZEROED);
            loadVector(to, from);
        } else {
            vector(MAP_0F38, PREFIX_66, 0x2C, to, mask, from, set().bytes());
        }
    }

    /// Stores the lanes where the sign of `mask` is set; the others are not touched.
    void storeSome(Address to, int mask, int from) {
        if (set().isWide()) {
            mask(mask);
            maskNext(MERGED);
            storeVector(to, from);
        } else {
            vector(MAP_0F38, PREFIX_66, 0x2E, from, mask, to, set().bytes());
        }
    }

    /// Stores lane 0 of one of registers 0 to 15.
    void storeFirst(Address to, int from) {
        vex(MAP_0F, PREFIX_F3, from >> 3, 0, to.base().high(), 0, 0);
        put(0x11);
        operand(from & 7, to, 1);
    }

    /// Exchanges neighbouring groups of `count` lanes: 1, 2, 4, or 8 of wide vectors.
    void swap(int to, int from, int count) {
        int opcode = count <= 2 ? 0x04 : set().isWide() ? 0x23 : 0x06;
        int second = count <= 2 ? 0 : from;
        vectors(MAP_0F3A, PREFIX_66, opcode, to, second, from);
        put(count == 1 || (count == 4 && set().isWide()) ? 0xB1 : count == 4 ? 0x01 : 0x4E);
    }

    /// Four lanes at `from`; the others become 0. Registers of 256 bits only, as of the two below.
    void loadHalf(int to, Address from) {
        vex(
                MAP_0F,
                NO_PREFIX,
                to >> 3,
                from.index() == null ? 0 : from.index().high(),
                from.base().high(),
                0,
                0);
        put(0x10);
        operand(to & 7, from, 1);
    }

    /// Four lanes at `from` as the higher ones.
    void insertHalf(int to, Address from) {
        vector(MAP_0F3A, PREFIX_66, 0x18, to, to, from, set().bytes() / 2);
        put(1);
    }

    /// Groups of `count` lanes, 1 or 2, of x and y in turns: of the first or the second half of each four lanes.
    void interleave(int to, int x, int y, int count, boolean second) {
        vectors(MAP_0F, count == 1 ? NO_PREFIX : PREFIX_66, second ? 0x15 : 0x14, to, x, y);
    }

    /// Ends the use of vectors, without which older instructions are slow.
    void endVectors() {
        put(0xC5);
        put(0xF8);
        put(0x77);
    }
}
