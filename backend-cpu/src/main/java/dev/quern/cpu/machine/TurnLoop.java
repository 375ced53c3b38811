package dev.quern.cpu.machine;

import static dev.quern.cpu.machine.Register.R10;
import static dev.quern.cpu.machine.Register.R11;
import static dev.quern.cpu.machine.Register.R12;
import static dev.quern.cpu.machine.Register.R13;
import static dev.quern.cpu.machine.Register.R8;
import static dev.quern.cpu.machine.Register.R9;
import static dev.quern.cpu.machine.Register.RAX;
import static dev.quern.cpu.machine.Register.RBX;
import static dev.quern.cpu.machine.Register.RCX;
import static dev.quern.cpu.machine.Register.RDI;
import static dev.quern.cpu.machine.Register.RDX;
import static dev.quern.cpu.machine.Register.RSI;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Label;
import java.util.List;

/// Writes the loop that turns blocks of 8 × 8 floats over: `lines` times `count` of them, in registers of 256 bits.
///
/// It is a C function of 12 arguments in the System V calling convention:
/// `(float *from, float *to, long fromAt, long toAt, long step, long toStep, long fromBlock, long toBlock, long count,
/// long fromLine, long toLine, long lines)`.
/// All distances count bytes: `step` and `toStep` lead from row to row of a block, `fromBlock` and `toBlock` to the
/// next block, `fromLine` and `toLine` from the first block of a line to that of the next.
final class TurnLoop {
    /// Rows and columns of a block.
    static final int BLOCK = 8;

    private static final Frame FRAME = new Frame(List.of(RBX, R12, R13));
    private static final Register FROM = RDI;
    private static final Register TO = RSI;
    private static final Register FROM_NOW = RDX;
    private static final Register FROM_FIFTH = RCX;
    private static final Register TO_NOW = R10;
    private static final Register TO_FIFTH = R11;
    private static final Register STEP = R8;
    private static final Register THREE_STEPS = RAX;
    private static final Register TO_STEP = R9;
    private static final Register THREE_TO_STEPS = RBX;
    private static final Register LEFT = R12;
    private static final Register LINES = R13;

    /// Rows whose halves fill four registers.
    private static final int HALF = BLOCK / 2;

    private TurnLoop() {}

    static byte[] write() {
        Assembler code = new Assembler(VectorSet.AVX2);
        FRAME.enter(code);
        code.add(FROM, RDX);
        code.add(TO, RCX);
        code.multiply(THREE_STEPS, STEP, 3);
        code.multiply(THREE_TO_STEPS, TO_STEP, 3);
        code.load(LINES, FRAME.argument(11, 0));
        Label line = code.here();
        begin(code, FROM, FROM_NOW, FROM_FIFTH, STEP);
        begin(code, TO, TO_NOW, TO_FIFTH, TO_STEP);
        code.load(LEFT, FRAME.argument(8, 0));
        Label block = code.here();
        columns(code, 0, TO_NOW);
        columns(code, HALF, TO_FIFTH);
        code.add(FROM_NOW, FRAME.argument(6, 0));
        code.add(FROM_FIFTH, FRAME.argument(6, 0));
        code.add(TO_NOW, FRAME.argument(7, 0));
        code.add(TO_FIFTH, FRAME.argument(7, 0));
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, block);
        code.add(FROM, FRAME.argument(9, 0));
        code.add(TO, FRAME.argument(10, 0));
        code.subtract(LINES, 1);
        code.jumpBack(Condition.NOT_ZERO, line);
        FRAME.leave(code);
        return code.bytes();
    }

    private static void begin(Assembler code, Register line, Register now, Register fifth, Register step) {
        code.move(now, line);
        code.multiply(fifth, step, HALF);
        code.add(fifth, line);
    }

    /// Four columns of a block, which become rows from `to` on. Rows 0 and 4 share a register, and so on; then
    /// neighbouring lanes are paired, then pairs.
    private static void columns(Assembler code, int first, Register to) {
        int v = 2 * first;
        for (int row = 0; row < HALF; row++) {
            int offset = first * Float.BYTES;
            code.loadHalf(v + row, row(FROM_NOW, STEP, THREE_STEPS, row, offset));
            code.insertHalf(v + row, row(FROM_FIFTH, STEP, THREE_STEPS, row, offset));
        }
        code.interleave(v + 4, v, v + 1, 1, false);
        code.interleave(v + 5, v, v + 1, 1, true);
        code.interleave(v + 6, v + 2, v + 3, 1, false);
        code.interleave(v + 7, v + 2, v + 3, 1, true);
        for (int column = 0; column < HALF; column++) {
            int low = v + 4 + column / 2;
            code.interleave(v + column, low, low + 2, 2, column % 2 == 1);
            code.storeVector(row(to, TO_STEP, THREE_TO_STEPS, column, 0), v + column);
        }
    }

    private static Address row(Register base, Register step, Register threeSteps, int number, int offset) {
        return switch (number) {
            case 0 -> Address.of(base, offset);
            case 3 -> new Address(base, threeSteps, 1, offset);
            default -> new Address(base, step, number, offset);
        };
    }
}
