package dev.quern.cpu.machine;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Label;

/// Writes the loop that makes 16-bit numbers of bytes, less a zero point.
///
/// It is a C function in the System V calling convention:
/// `(byte *from, short *to, short *zeros, long fromAt, long toAt, long zerosAt, long vectors)`, with distances in bytes
/// and 16 numbers in a vector.
///
/// @param signed whether a byte is signed
record WidenLoop(boolean signed) {
    /// Numbers in a register.
    static final int LANES = 16;

    private static final Register FROM = Register.RDI;
    private static final Register TO = Register.RSI;
    private static final Register ZEROS = Register.RDX;
    private static final Register LEFT = Register.RCX;

    byte[] write() {
        Assembler code = new Assembler(VectorSet.AVX2);
        code.add(FROM, Register.RCX);
        code.add(TO, Register.R8);
        code.add(ZEROS, Register.R9);
        code.load(LEFT, Address.of(Register.RSP, Long.BYTES));
        code.loadVector(0, Address.of(ZEROS, 0));
        Label vector = code.here();
        code.widen(1, Address.of(FROM, 0), signed);
        code.subtractShorts(1, 1, 0);
        code.storeVector(Address.of(TO, 0), 1);
        code.add(FROM, LANES);
        code.add(TO, LANES * Short.BYTES);
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, vector);
        code.endVectors();
        code.ret();
        return code.bytes();
    }
}
