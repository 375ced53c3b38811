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
import static dev.quern.cpu.machine.Register.RDI;
import static dev.quern.cpu.machine.Register.RDX;
import static dev.quern.cpu.machine.Register.RSI;
import static dev.quern.cpu.machine.Register.RSP;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Label;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the loop over a weighted window whose neighbouring positions meet the same columns of the input: an element
/// is loaded once for all taps that meet it, and the weights of a row of taps stay in registers. [WindowLoop] loads
/// each element for each tap.
///
/// The function has the arguments of [WindowLoop], but for distances that lead over rows: `row` and `weightsRow` from
/// one row of taps to the next, `block` and `weightsBlock` from one block of channels to the next.
///
/// @param taps in a row of the window
/// @param stride columns between neighbouring positions
/// @param dilation columns between neighbouring taps; `stride` or `dilation` is 1
/// @param positions 1 to [#mostPositions]
/// @param vectors of a block of channels, 1 or 2
/// @param ending what becomes of a result before it is stored
record SharedColumnsLoop(
        int taps,
        int stride,
        int dilation,
        int positions,
        int vectors,
        @Nullable MachineEnding ending) {
    /// The widest row of taps.
    static final int MOST_TAPS = 7;

    /// The greatest stride and dilation.
    static final int MOST_SPREAD = 2;

    /// So many results leave an ending the registers that it asks for.
    static final int MOST_POSITIONS = 16 - WindowLoop.FREE;

    private static final int VECTOR = 8 * Float.BYTES;
    private static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));

    /// Of every third column.
    private static final List<Register> LINE = List.of(R9, R10, R11, RBX);

    private static final int COLUMNS = 3 * LINE.size();
    private static final Register X = RDI;
    private static final Register Y = RSI;
    private static final Register WEIGHTS = RDX;
    private static final Register OPERAND = R8;
    private static final Register WEIGHTS_NOW = RAX;
    private static final Register COLUMN = R12;
    private static final Register THREE_COLUMNS = RBP;
    private static final Register ROWS_LEFT = R13;
    private static final Register BLOCKS = R14;
    private static final Register TILES = R15;

    // at the end, in place of the lines
    private static final Register Y_STEP = R9;
    private static final List<Register> Y_LINE = List.of(Y, R10, R11);

    /// Where the beginnings of weights and operand are kept.
    private static final Address ALL_WEIGHTS = Address.of(RSP, Long.BYTES);

    private static final Address ALL_OF_OPERAND = Address.of(RSP, 0);
    private static final int KEPT = 2;

    /// Elements take turns in two registers.
    private static final int ELEMENTS = 2;

    /// Whether there is a loop for such a window.
    static boolean suits(int taps, int stride, int dilation) {
        return taps <= MOST_TAPS
                && stride <= MOST_SPREAD
                && dilation <= MOST_SPREAD
                && (stride == 1 || dilation == 1)
                && columns(taps, stride, dilation, 1) <= COLUMNS;
    }

    /// How many positions it takes at once, as columns and registers allow.
    static int mostPositions(int taps, int stride, int dilation) {
        int byColumns = (COLUMNS - columns(taps, stride, dilation, 1)) / stride + 1;
        return Math.min(MOST_POSITIONS, Math.min(byColumns, 16 - ELEMENTS - taps));
    }

    /// Columns that so many positions meet.
    private static int columns(int taps, int stride, int dilation, int positions) {
        return (positions - 1) * stride + (taps - 1) * dilation + 1;
    }

    byte[] write() {
        Assembler code = new Assembler(VectorSet.AVX2);
        FRAME.enter(code);
        code.add(X, R9);
        code.add(Y, argument(6 - KEPT));
        code.add(WEIGHTS, argument(7 - KEPT));
        code.add(OPERAND, argument(8 - KEPT));
        code.push(WEIGHTS);
        code.push(OPERAND);
        code.load(COLUMN, argument(dilation == 1 ? 12 : 16));
        code.multiply(THREE_COLUMNS, COLUMN, 3);
        Label line = code.here();
        code.load(TILES, argument(21));
        Label tile = code.here();
        tile(code);
        code.add(X, argument(19));
        code.add(Y, argument(20));
        code.subtract(TILES, 1);
        code.jumpBack(Condition.NOT_ZERO, tile);
        code.add(X, argument(24));
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
        Label block = code.here();
        for (int v = 0; v < vectors; v++) {
            if (v == 0) {
                askForResults(code);
            }
            rows(code, v * VECTOR);
            store(code, v * VECTOR);
        }
        code.add(X, vectors * VECTOR);
        code.add(Y, vectors * VECTOR);
        code.add(OPERAND, vectors * VECTOR);
        code.add(WEIGHTS, argument(15));
        code.subtract(BLOCKS, 1);
        code.jumpBack(Condition.NOT_ZERO, block);
    }

    private void rows(Assembler code, int offset) {
        int lines = Math.ceilDiv(columns(taps, stride, dilation, positions), 3);
        code.move(LINE.getFirst(), X);
        for (int i = 1; i < lines; i++) {
            code.move(LINE.get(i), LINE.get(i - 1));
            code.add(LINE.get(i), THREE_COLUMNS);
        }
        code.move(WEIGHTS_NOW, WEIGHTS);
        for (int p = 0; p < positions; p++) {
            code.broadcast(p, argument(22));
        }
        code.load(ROWS_LEFT, argument(9));
        Label row = code.here();
        row(code, offset);
        for (int i = 0; i < lines; i++) {
            code.add(LINE.get(i), argument(11));
        }
        code.add(WEIGHTS_NOW, argument(13));
        code.subtract(ROWS_LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, row);
        if (offset == 0) {
            askForNextRow(code, lines);
        }
    }

    /// Has the columns come that the same positions of the next row of the output meet first: the lines have walked
    /// there.
    private void askForNextRow(Assembler code, int lines) {
        for (int ahead = 0; ahead < stride; ahead++) {
            for (int c = 0; c < positions * stride; c++) {
                Register line = LINE.get(Math.min(c / 3, lines - 1));
                int steps = c - 3 * LINE.indexOf(line);
                if (steps < 3) {
                    code.prefetch(steps == 0 ? Address.of(line, 0) : new Address(line, COLUMN, steps, 0));
                }
            }
            for (int i = 0; ahead < stride - 1 && i < lines; i++) {
                code.add(LINE.get(i), argument(11));
            }
        }
    }

    /// A position meets columns in the order of its taps.
    private void row(Assembler code, int offset) {
        for (int t = 0; t < taps; t++) {
            code.loadVector(positions + t, Address.of(WEIGHTS_NOW, t * vectors * VECTOR + offset));
        }
        for (int c = 0; c < columns(taps, stride, dilation, positions); c++) {
            int element = positions + taps + c % ELEMENTS;
            boolean loaded = false;
            for (int p = 0; p < positions; p++) {
                int t = (c - p * stride) / dilation;
                if (c < p * stride || (c - p * stride) % dilation != 0 || t >= taps) {
                    continue;
                }
                if (!loaded) {
                    Register line = LINE.get(c / 3);
                    code.loadVector(
                            element, c % 3 == 0 ? Address.of(line, offset) : new Address(line, COLUMN, c % 3, offset));
                    loaded = true;
                }
                code.fma(p, positions + t, element);
            }
        }
    }

    /// Has the memory that results will go to come while they are made.
    private void askForResults(Assembler code) {
        findResults(code);
        for (int p = 0; p < positions; p++) {
            code.prefetch(ofY(p, vectors * VECTOR - 16));
        }
    }

    private void findResults(Assembler code) {
        code.load(Y_STEP, argument(17));
        int lines = Math.ceilDiv(positions, 3);
        if (lines > 1) {
            code.multiply(Y_LINE.get(1), Y_STEP, 3);
            if (lines > 2) {
                code.multiply(Y_LINE.get(2), Y_STEP, 6);
                code.add(Y_LINE.get(2), Y);
            }
            code.add(Y_LINE.get(1), Y);
        }
    }

    private static Address ofY(int position, int offset) {
        Register line = Y_LINE.get(position / 3);
        int steps = position % 3;
        return steps == 0 ? Address.of(line, offset) : new Address(line, Y_STEP, steps, offset);
    }

    private void store(Assembler code, int offset) {
        findResults(code);
        for (int p = 0; p < positions; p += 2) {
            int[] results = p + 1 < positions ? new int[] {p, p + 1} : new int[] {p};
            int[] ended = ending == null ? results : WindowLoop.ended(code, ending, offset, 0, results);
            for (int i = 0; i < results.length; i++) {
                code.storeVector(ofY(p + i, offset), ended[i]);
            }
        }
    }
}
