package dev.quern.cpu.machine;

import java.util.Arrays;

/// The bytes of x86-64 instructions: prefixes, operand bytes, offsets.
///
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 (formats, VEX and EVEX
/// prefix).
abstract sealed class Encoder permits Assembler {
    /// The opcode maps of a VEX or EVEX prefix.
    static final int MAP_0F = 1;

    static final int MAP_0F38 = 2;
    static final int MAP_0F3A = 3;

    /// The implied operand-size prefix of a VEX or EVEX prefix.
    static final int NO_PREFIX = 0;

    static final int PREFIX_66 = 1;
    static final int PREFIX_F3 = 2;

    static final int DIRECT = 0xC0;

    private final VectorSet set;

    /// How the next wide instruction is masked, if it is.
    private int masked;

    private byte[] code = new byte[1024];
    private int size;

    Encoder(VectorSet set) {
        this.set = set;
    }

    final VectorSet set() {
        return set;
    }

    final byte[] bytes() {
        return Arrays.copyOf(code, size);
    }

    final int size() {
        return size;
    }

    /// Has the next wide instruction masked.
    ///
    /// @param how the number of the mask register, with the highest bit where other lanes become 0
    final void maskNext(int how) {
        masked = how;
    }

    /// Writes a number over the one at `at`.
    final void patch(int at, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            code[at + i] = (byte) (value >> 8 * i);
        }
    }

    final void registers(int opcode, Register register, Register operand) {
        put(0x48 | register.high() << 2 | operand.high());
        put(opcode);
        put(DIRECT | register.low() << 3 | operand.low());
    }

    final void immediate(int operation, Register x, int value) {
        put(0x48 | x.high());
        boolean small = value == (byte) value;
        if (!small && x == Register.RAX) {
            put(operation << 3 | 5);
        } else {
            put(small ? 0x83 : 0x81);
            put(DIRECT | operation << 3 | x.low());
        }
        if (small) {
            put(value);
        } else {
            putInt(value);
        }
    }

    final void shortForm(int opcode, Register x) {
        if (x.high() == 1) {
            put(0x41);
        }
        put(opcode | x.low());
    }

    final void rex(Register register, Address at) {
        int index = at.index() == null ? 0 : at.index().high();
        put(0x48 | register.high() << 2 | index << 1 | at.base().high());
    }

    final void vectors(int map, int prefix, int opcode, int register, int second, int operand) {
        if (set.isWide()) {
            evex(map, prefix, register, operand >> 4, operand >> 3, second);
        } else {
            vex(map, prefix, register >> 3, 0, operand >> 3, second);
        }
        put(opcode);
        put(DIRECT | (register & 7) << 3 | operand & 7);
    }

    /// @param bytes how many are read or written at `at`: the unit of a short offset after an EVEX prefix
    final void vector(int map, int prefix, int opcode, int register, int second, Address at, int bytes) {
        int index = at.index() == null ? 0 : at.index().high();
        if (set.isWide()) {
            evex(map, prefix, register, index, at.base().high(), second);
        } else {
            vex(map, prefix, register >> 3, index, at.base().high(), second);
        }
        put(opcode);
        operand(register & 7, at, set.isWide() ? bytes : 1);
    }

    /// The VEX prefix for 256 bits: two bytes where neither another map nor the fourth bits of index and base ask
    /// for three. The bits of registers are stored inverted.
    final void vex(int map, int prefix, int register, int index, int base, int second) {
        vex(map, prefix, register, index, base, second, 1);
    }

    /// @param length 1 for 256 bits, 0 for less
    final void vex(int map, int prefix, int register, int index, int base, int second, int length) {
        int tail = (~second & 15) << 3 | length << 2 | prefix;
        if (map == MAP_0F && index == 0 && base == 0) {
            put(0xC5);
            put((register ^ 1) << 7 | tail);
        } else {
            put(0xC4);
            put((register ^ 1) << 7 | (index ^ 1) << 6 | (base ^ 1) << 5 | map);
            put(tail);
        }
    }

    /// The EVEX prefix for 512 bits. The bits of registers are stored inverted.
    ///
    /// @param register all five bits
    /// @param index the fourth bit of an address's index, or the fifth of a vector operand
    /// @param base the fourth bit of an address's base, or of a vector operand; higher bits do not matter
    /// @param second all five bits
    final void evex(int map, int prefix, int register, int index, int base, int second) {
        put(0x62);
        put((~register >> 3 & 1) << 7 | (~index & 1) << 6 | (~base & 1) << 5 | (~register >> 4 & 1) << 4 | map);
        put((~second & 15) << 3 | 1 << 2 | prefix);
        put(2 << 5 | (~second >> 4 & 1) << 3 | masked);
        masked = 0;
    }

    /// The operand byte, scale byte and offset of an address.
    ///
    /// @param unit what an offset of one byte counts
    final void operand(int register, Address at, int unit) {
        boolean scaled = at.index() != null || at.base().low() == Register.RSP.low();
        int offset = at.offset();
        int mode;
        if (offset == 0 && at.base().low() != Register.RBP.low()) {
            mode = 0;
        } else {
            mode = offset % unit == 0 && offset / unit == (byte) (offset / unit) ? 1 : 2;
        }
        put(mode << 6 | register << 3 | (scaled ? Register.RSP.low() : at.base().low()));
        if (scaled) {
            int index = at.index() == null ? Register.RSP.low() : at.index().low();
            put(Integer.numberOfTrailingZeros(at.scale()) << 6
                    | index << 3
                    | at.base().low());
        }
        if (mode == 1) {
            put(offset / unit);
        } else if (mode == 2) {
            putInt(offset);
        }
    }

    final void put(int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) value;
    }

    final void putInt(int value) {
        for (int i = 0; i < 4; i++) {
            put(value >> 8 * i);
        }
    }
}
