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
import dev.quern.cpu.machine.Assembler.Label;
import dev.quern.cpu.window.Fold;
import java.util.List;

/// Writes the loop that slides a window over channels of floats: `count` times a tile of `positions` × `vectors` vectors
/// of results, all taps of the window for one tile after another.
///
/// It is a C function of 14 arguments in the System V calling convention:
/// `(float *x, float *y, float *weights, long *table, long xAt, long yAt, long weightsAt, long taps, long linesAt,
/// long yStep, long weightsStep, long yTile, long count, long start)`. The table is that of a
/// [Gathering][dev.quern.cpu.gemm.Gathering], whose lines begin `linesAt` after its offsets; `start` holds the bits of
/// the float that a fold begins with. The table counts floats, all distances count bytes.
///
/// @param positions 1 or 4
/// @param vectors 1 or 2
/// @param set the vector instructions; those of 256 bits for maxima
record WindowLoop(Fold fold, int positions, int vectors, VectorSet set) {
    private static final int FLOAT = Float.BYTES;
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);

    private static final Register X = RDI;
    private static final Register Y = RSI;
    private static final Register WEIGHTS = RDX;
    private static final Register TAPS = RCX;
    private static final List<Register> LINE = List.of(R8, R9, R10, R11);
    private static final Register LINES = RBX;
    private static final Register COUNT = RBP;
    private static final Register TAP_NOW = R12;
    private static final Register LEFT = R13;
    private static final Register WEIGHTS_NOW = R14;
    private static final Register WEIGHTS_STEP = R15;
    private static final Register OFFSET = RAX;

    // at the end of a tile
    private static final Register Y_STEP = RAX;
    private static final Register THREE_Y_STEPS = R12;

    // vectors: the results come first
    private static final int ELEMENT = 8;
    private static final int WEIGHT = 9;
    private static final int LOWER = 11;
    private static final int HIGHER = 12;
    private static final int IS_NAN = 13;

    byte[] write() {
        Assembler code = new Assembler(set);
        for (Register r : SAVED) {
            code.push(r);
        }
        code.add(X, R8);
        code.add(Y, R9);
        code.add(WEIGHTS, argument(6));
        code.move(LINES, TAPS);
        code.add(LINES, argument(8));
        code.load(WEIGHTS_STEP, argument(10));
        code.load(COUNT, argument(12));
        Label tile = code.here();
        begin(code);
        Label tap = code.here();
        tap(code);
        code.add(TAP_NOW, Long.BYTES);
        code.add(WEIGHTS_NOW, WEIGHTS_STEP);
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, tap);
        store(code);
        code.add(LINES, positions * Long.BYTES);
        code.add(Y, argument(11));
        code.subtract(COUNT, 1);
        code.jumpBack(Condition.NOT_ZERO, tile);
        code.endVectors();
        for (Register r : SAVED.reversed()) {
            code.pop(r);
        }
        code.ret();
        return code.bytes();
    }

    private static Address argument(int number) {
        return Address.of(RSP, (SAVED.size() + 1 + number - 6) * Long.BYTES);
    }

    private void begin(Assembler code) {
        for (int p = 0; p < positions; p++) {
            code.load(LINE.get(p), Address.of(LINES, p * Long.BYTES));
            code.multiply(LINE.get(p), LINE.get(p), FLOAT);
            code.add(LINE.get(p), X);
        }
        code.move(TAP_NOW, TAPS);
        code.move(WEIGHTS_NOW, WEIGHTS);
        code.load(LEFT, argument(7));
        for (int result = 0; result < positions * vectors; result++) {
            code.broadcast(result, argument(13));
        }
    }

    private void tap(Assembler code) {
        code.load(OFFSET, Address.of(TAP_NOW, 0));
        if (fold == Fold.WEIGHTED) {
            for (int v = 0; v < vectors; v++) {
                code.loadVector(WEIGHT + v, Address.of(WEIGHTS_NOW, v * set.bytes()));
            }
        }
        for (int p = 0; p < positions; p++) {
            for (int v = 0; v < vectors; v++) {
                code.loadVector(ELEMENT, new Address(LINE.get(p), OFFSET, FLOAT, v * set.bytes()));
                int result = p * vectors + v;
                switch (fold) {
                    case WEIGHTED -> code.fma(result, ELEMENT, WEIGHT + v);
                    case SUM -> code.add(result, result, ELEMENT);
                    case MAX -> max(code, result);
                }
            }
        }
    }

    /// The instruction gives its second operand where both are zeros or one is NaN: so that comes second which is
    /// not negative, and a NaN that came first is put back.
    private static void max(Assembler code, int result) {
        code.blend(LOWER, result, ELEMENT, ELEMENT);
        code.blend(HIGHER, ELEMENT, result, ELEMENT);
        code.max(result, LOWER, HIGHER);
        code.unordered(IS_NAN, LOWER, LOWER);
        code.blend(result, result, LOWER, IS_NAN);
    }

    private void store(Assembler code) {
        code.load(Y_STEP, argument(9));
        code.multiply(THREE_Y_STEPS, Y_STEP, 3);
        for (int p = 0; p < positions; p++) {
            for (int v = 0; v < vectors; v++) {
                Address at = switch (p) {
                    case 0 -> Address.of(Y, v * set.bytes());
                    case 3 -> new Address(Y, THREE_Y_STEPS, 1, v * set.bytes());
                    default -> new Address(Y, Y_STEP, p, v * set.bytes());
                };
                code.storeVector(at, p * vectors + v);
            }
        }
    }
}
