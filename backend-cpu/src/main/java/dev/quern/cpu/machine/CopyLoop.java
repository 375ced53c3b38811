package dev.quern.cpu.machine;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Label;

/// Writes the loop that brings lines which lie beside each other into panels: for some values of k the lines of one
/// panel after another, as they lie. Whole vectors are moved; what is too much of them lands where the next value of k
/// goes, so the last one is not for this loop unless a panel is a multiple of a vector.
///
/// It is a C function in the System V calling convention:
/// `(float *from, float *to, long fromAt, long toAt, long step, long k, long panel, long panels)`, distances in bytes;
/// `step` leads to the next value of k, `panel` from one panel to the next.
///
/// @param lines of a panel
record CopyLoop(int lines) {
    private static final VectorSet SET = VectorSet.AVX2;

    private static final Register FROM = Register.RDI;
    private static final Register TO = Register.RSI;
    private static final Register STEP = Register.R8;
    private static final Register K = Register.R9;
    private static final Register FROM_NOW = Register.RAX;
    private static final Register TO_NOW = Register.RDX;
    private static final Register LEFT = Register.RCX;
    private static final Register PANEL = Register.R10;
    private static final Register PANELS = Register.R11;

    byte[] write() {
        Assembler code = new Assembler(SET);
        int vectors = Math.ceilDiv(lines, SET.lanes());
        int bytes = lines * Float.BYTES;
        code.add(FROM, Register.RDX);
        code.add(TO, Register.RCX);
        code.load(PANEL, Address.of(Register.RSP, Long.BYTES));
        code.load(PANELS, Address.of(Register.RSP, 2 * Long.BYTES));
        Label panel = code.here();
        code.move(FROM_NOW, FROM);
        code.move(TO_NOW, TO);
        code.move(LEFT, K);
        Label line = code.here();
        for (int v = 0; v < vectors; v++) {
            code.loadVector(v, Address.of(FROM_NOW, v * SET.bytes()));
            code.storeVector(Address.of(TO_NOW, v * SET.bytes()), v);
        }
        code.add(FROM_NOW, STEP);
        code.add(TO_NOW, bytes);
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, line);
        code.add(FROM, bytes);
        code.add(TO, PANEL);
        code.subtract(PANELS, 1);
        code.jumpBack(Condition.NOT_ZERO, panel);
        code.endVectors();
        code.ret();
        return code.bytes();
    }
}
