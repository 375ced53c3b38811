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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Writes the loop that slides a window over channels of floats: in `lines` rows of the output `tiles` times positions,
/// of each `blocks` times 8 · `vectors` channels, all taps of the window for one of these after another.
///
/// It is a C function of 26 arguments in the System V calling convention:
/// `(float *x, float *y, float *weights, int *constants, float *operand, long xAt, long yAt, long weightsAt, long
/// operandAt, long rows, long columns, long row, long column, long weightsRow, long block, long weightsBlock, long
/// position, long yPosition, long blocks, long tile, long yTile, long tiles, long start,
/// long lines, long line, long yLine)`.
/// Rows and columns are the taps of the window. All distances count bytes: `column` leads from tap to tap, `row` from
/// the end of a row of taps to the next, `block` from the last row to the next block of channels, `tile` from there to
/// the next positions, `line` from the last ones to the next row of the output; likewise in the weights and in y.
/// `start` holds the bits of the float that a fold begins with.
///
/// @param positions 1 to 4
/// @param vectors 1 or 2
/// @param ending what becomes of a result before it is stored
record WindowLoop(
        Fold fold, int positions, int vectors, @Nullable MachineEnding ending) {
    /// Registers that an ending may use besides that of the sum.
    static final int FREE = 8;

    private static final int VECTOR = 8 * Float.BYTES;
    private static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));

    private static final List<Register> LINE = List.of(RDI, R9, R10, R11);
    private static final Register Y = RSI;
    private static final Register WEIGHTS = RDX;
    private static final Register CONSTANTS = RCX;
    private static final Register OPERAND = R8;
    private static final Register COLUMN = R12;
    private static final Register COLUMNS_LEFT = RAX;
    private static final Register ROWS_LEFT = R13;
    private static final Register BLOCKS = R14;
    private static final Register TILES = R15;
    private static final Register Y_STEP = RBX;
    private static final Register THREE_Y_STEPS = RBP;

    /// Where the beginnings of weights and operand are kept.
    private static final Address ALL_WEIGHTS = Address.of(RSP, Long.BYTES);

    private static final Address ALL_OF_OPERAND = Address.of(RSP, 0);
    private static final int KEPT = 2;

    // vectors: the results come first
    private static final int ELEMENT = 8;
    private static final int WEIGHT = 9;
    private static final int LOWER = 11;
    private static final int HIGHER = 12;
    private static final int IS_NAN = 13;
    private static final int[] FREE_AT_END = {8, 9, 10, 11, 12, 13, 14, 15};

    byte[] write() {
        Assembler code = new Assembler(VectorSet.AVX2);
        FRAME.enter(code);
        code.add(RDI, R9);
        code.add(Y, argument(6 - KEPT));
        code.add(WEIGHTS, argument(7 - KEPT));
        code.add(OPERAND, argument(8 - KEPT));
        code.push(WEIGHTS);
        code.push(OPERAND);
        code.load(COLUMN, argument(12));
        code.load(Y_STEP, argument(17));
        code.multiply(THREE_Y_STEPS, Y_STEP, 3);
        Label line = code.here();
        code.load(TILES, argument(21));
        Label tile = code.here();
        tile(code);
        code.add(LINE.getFirst(), argument(19));
        code.add(Y, argument(20));
        code.subtract(TILES, 1);
        code.jumpBack(Condition.NOT_ZERO, tile);
        code.add(LINE.getFirst(), argument(24));
        code.add(Y, argument(25));
        code.subtract(argument(23), 1);
        code.jumpBack(Condition.NOT_ZERO, line);
        code.add(RSP, KEPT * Long.BYTES);
        FRAME.leave(code);
        return code.bytes();
    }

    private static Address argument(int number) {
        return FRAME.argument(number, KEPT * Long.BYTES);
    }

    private void tile(Assembler code) {
        code.load(WEIGHTS, ALL_WEIGHTS);
        code.load(OPERAND, ALL_OF_OPERAND);
        code.load(BLOCKS, argument(18));
        for (int p = 1; p < positions; p++) {
            code.move(LINE.get(p), LINE.get(p - 1));
            code.add(LINE.get(p), argument(16));
        }
        Label block = code.here();
        for (int result = 0; result < positions * vectors; result++) {
            code.broadcast(result, argument(22));
        }
        code.load(ROWS_LEFT, argument(9));
        Label row = code.here();
        code.load(COLUMNS_LEFT, argument(10));
        Label tap = code.here();
        tap(code);
        code.add(WEIGHTS, vectors * VECTOR);
        for (int p = 0; p < positions; p++) {
            code.add(LINE.get(p), COLUMN);
        }
        code.subtract(COLUMNS_LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, tap);
        advance(code, 11, 13);
        code.subtract(ROWS_LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, row);
        advance(code, 14, 15);
        store(code);
        code.add(Y, vectors * VECTOR);
        code.add(OPERAND, vectors * VECTOR);
        code.subtract(BLOCKS, 1);
        code.jumpBack(Condition.NOT_ZERO, block);
    }

    private void advance(Assembler code, int lines, int weights) {
        for (int p = 0; p < positions; p++) {
            code.add(LINE.get(p), argument(lines));
        }
        code.add(WEIGHTS, argument(weights));
    }

    private void tap(Assembler code) {
        if (fold == Fold.WEIGHTED) {
            for (int v = 0; v < vectors; v++) {
                code.loadVector(WEIGHT + v, Address.of(WEIGHTS, v * VECTOR));
            }
        }
        for (int p = 0; p < positions; p++) {
            for (int v = 0; v < vectors; v++) {
                Address element = Address.of(LINE.get(p), v * VECTOR);
                int result = p * vectors + v;
                switch (fold) {
                    case WEIGHTED -> code.apply(VectorOp.FMA_231, result, WEIGHT + v, element, 0);
                    case SUM -> code.apply(VectorOp.ADD, result, result, element, 0);
                    case MAX -> {
                        code.loadVector(ELEMENT, element);
                        max(code, result);
                    }
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
        for (int p = 0; p < positions; p++) {
            int[] results = IntStream.range(p * vectors, (p + 1) * vectors).toArray();
            int[] ended = ending == null ? results : ended(code, ending, 0, VECTOR, results);
            for (int v = 0; v < vectors; v++) {
                Address at = switch (p) {
                    case 0 -> Address.of(Y, v * VECTOR);
                    case 3 -> new Address(Y, THREE_Y_STEPS, 1, v * VECTOR);
                    default -> new Address(Y, Y_STEP, p, v * VECTOR);
                };
                code.storeVector(at, ended[v]);
            }
        }
    }

    /// Ends one or two registers of results, and gives the registers that they are in then.
    ///
    /// @param at where the operand of the first lies
    /// @param beside bytes from there to that of the second
    static int[] ended(Assembler code, MachineEnding ending, int at, int beside, int... results) {
        MachineEnding.Places places = new MachineEnding.Places() {
            @Override
            public Address constant(int number) {
                return Address.of(CONSTANTS, number * VECTOR);
            }

            @Override
            public Address operand(int number, int group) {
                return Address.of(OPERAND, at + group * beside);
            }
        };
        return results.length == 1
                ? new int[] {ending.write(code, places, results[0], FREE_AT_END)}
                : ending.writeTwo(code, places, results[0], results[1], FREE_AT_END);
    }
}
