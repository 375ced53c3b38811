package dev.quern.cpu.machine;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Label;

/// Writes what becomes of the last bytes of a row, fewer than there are lanes: masks are there for lanes of 32 bits
/// only, so these are copied one by one, to a place on the stack or from there, and nothing beside them is touched.
///
/// @param pointer a register for where they are
/// @param left a register for how many are left
/// @param one a register for one byte
/// @param count where it is said how many they are, at least one
/// @param offset of the place, from the stack pointer on; [#MOST] bytes
record LastBytes(Assembler code, Register pointer, Register left, Register one, Address count, int offset) {
    /// The most bytes, and those of a vector's lanes.
    static final int MOST = 16;

    Address place() {
        return Address.of(Register.RSP, offset);
    }

    /// Copies the bytes at `from` to the place, which it gives.
    Address read(Address from) {
        copy(from, true);
        return place();
    }

    /// Copies the bytes in the place to `to`.
    void write(Address to) {
        copy(to, false);
    }

    private void copy(Address row, boolean toPlace) {
        Address inRow = new Address(pointer, left, 1, row.offset() - 1);
        Address inPlace = new Address(Register.RSP, left, 1, offset - 1);
        code.move(pointer, row.base());
        if (row.index() != null) {
            code.add(pointer, row.index());
        }
        code.load(left, count);
        Label next = code.here();
        code.loadByte(one, toPlace ? inRow : inPlace);
        code.storeByte(toPlace ? inPlace : inRow, one);
        code.subtract(left, 1);
        code.jumpBack(Condition.NOT_ZERO, next);
    }
}
