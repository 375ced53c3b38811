package dev.quern.cpu.machine;

import static dev.quern.cpu.machine.Register.R8;
import static dev.quern.cpu.machine.Register.R9;
import static dev.quern.cpu.machine.Register.RCX;
import static dev.quern.cpu.machine.Register.RSP;
import static dev.quern.cpu.machine.TileRegisters.A;
import static dev.quern.cpu.machine.TileRegisters.AHEAD;
import static dev.quern.cpu.machine.TileRegisters.AHEAD_OF_LINES;
import static dev.quern.cpu.machine.TileRegisters.A_FOURTH;
import static dev.quern.cpu.machine.TileRegisters.A_NOW;
import static dev.quern.cpu.machine.TileRegisters.A_STEP;
import static dev.quern.cpu.machine.TileRegisters.B;
import static dev.quern.cpu.machine.TileRegisters.B_ARGUMENT;
import static dev.quern.cpu.machine.TileRegisters.B_NOW;
import static dev.quern.cpu.machine.TileRegisters.B_STEP;
import static dev.quern.cpu.machine.TileRegisters.B_STEP_OF_LINES;
import static dev.quern.cpu.machine.TileRegisters.C;
import static dev.quern.cpu.machine.TileRegisters.COUNT;
import static dev.quern.cpu.machine.TileRegisters.COUNT_ARGUMENT;
import static dev.quern.cpu.machine.TileRegisters.C_FOURTH;
import static dev.quern.cpu.machine.TileRegisters.C_STEP;
import static dev.quern.cpu.machine.TileRegisters.FIRST;
import static dev.quern.cpu.machine.TileRegisters.FRAME;
import static dev.quern.cpu.machine.TileRegisters.FRAME_WITH_OFFSETS;
import static dev.quern.cpu.machine.TileRegisters.K;
import static dev.quern.cpu.machine.TileRegisters.K_OFFSETS;
import static dev.quern.cpu.machine.TileRegisters.LEFT;
import static dev.quern.cpu.machine.TileRegisters.LINE;
import static dev.quern.cpu.machine.TileRegisters.LINES;
import static dev.quern.cpu.machine.TileRegisters.OFFSET;
import static dev.quern.cpu.machine.TileRegisters.OFFSETS;
import static dev.quern.cpu.machine.TileRegisters.OFFSETS_NOW;
import static dev.quern.cpu.machine.TileRegisters.THREE_B_STEPS;
import static dev.quern.cpu.machine.TileRegisters.THREE_B_STEPS_OF_LINES;

import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Jump;
import dev.quern.cpu.machine.Assembler.Label;
import org.jspecify.annotations.Nullable;

/// Writes the loop over a column or a row of register tiles of a product: `count` times a tile of `rows` ×
/// 16 · `panels` sums, k ascending, four values of k at a time.
///
/// It is a C function of 17 arguments in the System V calling convention:
/// `(float *a, float *b, float *c, long *offsets, long aAt, long bAt, long cAt, long offsetsAt, long k, long aStep,
/// long bStep, long cStep, long aTile, long bTile, long cTile, long count, long first)`. Operands are those of a
/// [Factor][dev.quern.cpu.gemm.Factor]: of a packed one the step leads from panel to panel, of one as it is stored from
/// row to row; the offsets are those of scattered rows of B or of the values of k of gathered lines of A, whose own
/// offsets begin `aStep` after `offsets`. `aTile`, `bTile` and `cTile` lead to the next tile, `aTile` of gathered lines
/// within their offsets. Offsets count elements, all other distances bytes.
///
/// @param rows 1 to 6
/// @param panels panels of B side by side, 1 to 4, or 0 for the first half of one, such that the sums fill at most
///     three quarters of the registers; of pairs in three rows of 256 bits only 1
/// @param formA how A comes
/// @param formB how B comes: packed, where A is gathered
/// @param arithmetic what elements and sums are
/// @param set the vector instructions
/// @param linesAhead how many cache lines of the panels of B behind these are asked for while four values of k are
///     multiplied, so that memory delivers them in time; above 0 B is packed
/// @param ending what happens to the sums before they are stored, with [more arguments][EndOfTile], or `null`
record TileLoop(
        int rows,
        int panels,
        Factor.Form formA,
        Factor.Form formB,
        Arithmetic arithmetic,
        VectorSet set,
        int linesAhead,
        @Nullable MachineEnding ending) {
    private static final int FLOAT = Float.BYTES;

    /// The width of a panel of B.
    private static final int COLUMNS = 16;

    private static final int UNROLL = 4;
    private static final int LINE_BYTES = 64;

    TileLoop {
        if (formA == Factor.Form.GATHERED && formB != Factor.Form.PACKED) {
            throw new IllegalArgumentException("gathered lines meet packed panels");
        }
        if (linesAhead > 0
                && (formB != Factor.Form.PACKED || panels == 0 || (formA == Factor.Form.GATHERED && panels > 3))) {
            throw new IllegalArgumentException("only whole panels are asked for ahead");
        }
        if (rows < 1
                || rows > 6
                || panels < 0
                || (panels == 0 && set.isWide())
                || panels > 4
                || rows * panels * COLUMNS / set.lanes() > set.registers() * 3 / 4
                || (rows == 3 && panels > 1 && arithmetic != Arithmetic.FLOATS && !set.isWide())) {
            throw new IllegalArgumentException("no tile of " + rows + " rows and " + panels + " panels");
        }
    }

    byte[] write() {
        Assembler code = new Assembler(set);
        arguments(code);
        Label tile = code.here();
        begin(code);
        products(code);
        if (gathers()) {
            findSums(code);
        }
        if (arithmetic == Arithmetic.PAIRS_TO_FLOATS) {
            for (int i = 0; i < rows * vectors(); i++) {
                code.toFloats(i, i);
            }
        }
        store(code);
        code.add(C, argument(14));
        if (gathers()) {
            code.add(LINES, argument(12));
            code.load(B, argument(B_ARGUMENT));
            code.add(B, argument(13));
            code.store(argument(B_ARGUMENT), B);
            code.subtract(argument(COUNT_ARGUMENT), 1);
        } else {
            code.add(A, argument(12));
            code.add(B, argument(13));
            code.subtract(COUNT, 1);
        }
        code.jumpBack(Condition.NOT_ZERO, tile);
        frame().leave(code);
        return code.bytes();
    }

    private void store(Assembler code) {
        EndOfTile end = ending == null ? null : new EndOfTile(ending, cStep(), set.bytes());
        if (end != null) {
            end.begin(code, this::argument);
        }
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors(); v++) {
                int sum = sum(row, v);
                code.storeVector(ofC(row, v), end == null ? sum : end.write(code, row, v, sum));
            }
        }
        if (end != null) {
            end.moveOn(code, this::argument);
        }
    }

    private boolean packedA() {
        return formA == Factor.Form.PACKED;
    }

    private boolean gathers() {
        return formA == Factor.Form.GATHERED;
    }

    /// Where lines are gathered, the offsets lie on top of the saved registers.
    private Frame frame() {
        return gathers() ? FRAME_WITH_OFFSETS : FRAME;
    }

    /// Vectors in a row of a panel of B.
    private int perPanel() {
        return COLUMNS / set.lanes();
    }

    private int vectors() {
        return panels == 0 ? 1 : panels * perPanel();
    }

    private int sum(int row, int vector) {
        return row * vectors() + vector;
    }

    private Address argument(int number) {
        return frame().argument(number, 0);
    }

    private void arguments(Assembler code) {
        frame().enter(code);
        code.add(A, R8);
        code.add(B, R9);
        code.add(C, argument(6));
        if (ending != null) {
            EndOfTile.arguments(code, this::argument);
        }
        if (gathers()) {
            code.move(LINES, RCX);
            code.add(LINES, argument(9));
            code.store(argument(B_ARGUMENT), B);
            beginAhead(code);
            return;
        }
        code.load(COUNT, argument(COUNT_ARGUMENT));
        code.load(A_STEP, argument(9));
        if (formB == Factor.Form.SCATTERED) {
            code.move(OFFSETS, RCX);
            code.add(OFFSETS, argument(7));
        } else {
            code.load(B_STEP, argument(10));
            code.multiply(THREE_B_STEPS, B_STEP, 3);
        }
        if (linesAhead > 0) {
            beginAhead(code);
        } else {
            code.load(K, argument(8));
        }
        code.load(C_STEP, argument(11));
        code.load(FIRST, argument(16));
    }

    private Register ahead() {
        return gathers() ? AHEAD_OF_LINES : AHEAD;
    }

    private void beginAhead(Assembler code) {
        if (linesAhead > 0) {
            code.load(ahead(), argument(10));
            code.multiply(ahead(), ahead(), panels);
            code.add(ahead(), B);
        }
    }

    /// Sets the walkers and the sums: zero, or what C holds.
    private void begin(Assembler code) {
        if (gathers()) {
            findSums(code);
            askForSums(code);
            code.load(FIRST, argument(16));
            beginSums(code);
            beginLines(code);
            return;
        }
        if (rows > 3) {
            code.multiply(C_FOURTH, C_STEP, 3);
            code.add(C_FOURTH, C);
        }
        askForSums(code);
        code.move(A_NOW, A);
        if (formB == Factor.Form.SCATTERED) {
            code.move(OFFSETS_NOW, OFFSETS);
        } else {
            code.move(B_NOW, B);
        }
        if (linesAhead > 0) {
            code.load(LEFT, argument(8));
        } else {
            code.move(LEFT, K);
        }
        if (rows > 3 && !packedA()) {
            code.multiply(A_FOURTH, A_STEP, 3);
            code.add(A_FOURTH, A);
        }
        beginSums(code);
    }

    /// Has the memory that sums will go to, and what they end with, come while they are made: stores that miss the
    /// cache would hold up the next tile.
    private void askForSums(Assembler code) {
        for (int row = 0; row < rows; row++) {
            for (int panel = 0; panel < panels; panel++) {
                code.prefetch(row(row < 3 ? C : C_FOURTH, cStep(), row % 3, endOfPanel(panel)));
            }
        }
        if (ending != null && ending.operands().contains(Ending.Operand.ELEMENT) && panels > 0) {
            EndOfTile.askForElements(code, this::argument, cStep(), rows, endOfPanel(panels - 1));
        }
    }

    /// The last 16 bytes of a panel's columns: where they lie across two lines, the tile before has asked for the
    /// first.
    private static int endOfPanel(int panel) {
        return (panel + 1) * COLUMNS * FLOAT - 16;
    }

    /// Where gathered lines leave no registers for it: the rows of C, from the arguments.
    private void findSums(Assembler code) {
        code.load(cStep(), argument(11));
        if (rows > 3) {
            code.multiply(C_FOURTH, cStep(), 3);
            code.add(C_FOURTH, C);
        }
    }

    private Register bStep() {
        return gathers() ? B_STEP_OF_LINES : B_STEP;
    }

    private Register threeBSteps() {
        return gathers() ? THREE_B_STEPS_OF_LINES : THREE_B_STEPS;
    }

    private Register cStep() {
        return gathers() ? OFFSET : C_STEP;
    }

    private void beginLines(Assembler code) {
        for (int row = 0; row < rows; row++) {
            code.load(LINE.get(row), Address.of(LINES, row * Long.BYTES));
            code.multiply(LINE.get(row), LINE.get(row), FLOAT);
            code.add(LINE.get(row), A);
        }
        code.load(K_OFFSETS, Address.of(RSP, 0));
        code.add(K_OFFSETS, argument(7));
        code.load(B_NOW, argument(B_ARGUMENT));
        code.load(LEFT, argument(8));
        if (panels > 1) {
            code.load(bStep(), argument(10));
        }
        if (panels > 3) {
            code.multiply(threeBSteps(), bStep(), 3);
        }
    }

    private void beginSums(Assembler code) {
        code.test(FIRST);
        Jump toZeros = code.jumpAhead(Condition.NOT_ZERO);
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors(); v++) {
                code.loadVector(sum(row, v), ofC(row, v));
            }
        }
        Jump toProducts = code.jumpAhead();
        code.land(toZeros);
        for (int i = 0; i < rows * vectors(); i++) {
            code.zero(i);
        }
        code.land(toProducts);
    }

    private void products(Assembler code) {
        code.subtract(LEFT, UNROLL);
        Jump toRest = code.jumpAhead(Condition.LESS);
        Label four = code.here();
        for (int p = 0; p < UNROLL; p++) {
            step(code, p);
        }
        for (int line = 0; line < linesAhead; line++) {
            code.prefetch(Address.of(ahead(), line * LINE_BYTES));
        }
        if (linesAhead > 0) {
            code.add(ahead(), linesAhead * LINE_BYTES);
        }
        advance(code, UNROLL);
        code.subtract(LEFT, UNROLL);
        code.jumpBack(Condition.AT_LEAST, four);
        code.land(toRest);
        code.add(LEFT, UNROLL);
        Jump toEnd = code.jumpAhead(Condition.ZERO);
        Label one = code.here();
        step(code, 0);
        advance(code, 1);
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, one);
        code.land(toEnd);
    }

    private void advance(Assembler code, int steps) {
        switch (formA) {
            case PACKED -> code.add(A_NOW, steps * rows * FLOAT);
            case GATHERED -> code.add(K_OFFSETS, steps * Long.BYTES);
            case ROWS, SCATTERED -> {
                code.add(A_NOW, steps * FLOAT);
                if (rows > 3) {
                    code.add(A_FOURTH, steps * FLOAT);
                }
            }
        }
        switch (formB) {
            case PACKED -> code.add(B_NOW, steps * COLUMNS * FLOAT);
            case ROWS -> {
                code.add(B_NOW, B_STEP);
                if (steps == UNROLL) {
                    code.add(B_NOW, THREE_B_STEPS);
                }
            }
            case SCATTERED, GATHERED -> code.add(OFFSETS_NOW, steps * Long.BYTES);
        }
    }

    /// One value of k. Either all of B's vectors stay in registers and the rows' factors take turns, or the
    /// reverse.
    private void step(Assembler code, int p) {
        int sums = rows * vectors();
        if (formB == Factor.Form.SCATTERED) {
            code.load(OFFSET, Address.of(OFFSETS_NOW, p * Long.BYTES));
        }
        if (gathers()) {
            code.load(OFFSET, Address.of(K_OFFSETS, p * Long.BYTES));
        }
        boolean floats = arithmetic == Arithmetic.FLOATS;
        int free = set.registers() - (floats ? 0 : 1);
        if (sums + vectors() + (floats ? 2 : 1) <= free) {
            int factors = free - sums - vectors();
            for (int v = 0; v < vectors(); v++) {
                code.loadVector(sums + v, ofB(p, v));
            }
            for (int row = 0; row < rows; row++) {
                int factor = sums + vectors() + row % factors;
                code.broadcast(factor, ofA(p, row));
                for (int v = 0; v < vectors(); v++) {
                    multiply(code, sum(row, v), factor, sums + v);
                }
            }
        } else {
            int turns = free - sums - rows;
            for (int row = 0; row < rows; row++) {
                code.broadcast(sums + row, ofA(p, row));
            }
            for (int v = 0; v < vectors(); v++) {
                int b = sums + rows + v % turns;
                code.loadVector(b, ofB(p, v));
                for (int row = 0; row < rows; row++) {
                    multiply(code, sum(row, v), sums + row, b);
                }
            }
        }
    }

    /// `sum += x · y`; products of pairs go through the last register.
    private void multiply(Assembler code, int sum, int x, int y) {
        if (arithmetic == Arithmetic.FLOATS) {
            code.fma(sum, x, y);
        } else if (set.sumsPairs()) {
            code.sumPairs(sum, x, y);
        } else {
            int products = set.registers() - 1;
            code.multiplyPairs(products, x, y);
            code.addIntegers(sum, sum, products);
        }
    }

    private Address ofA(int p, int row) {
        return switch (formA) {
            case PACKED -> Address.of(A_NOW, (p * rows + row) * FLOAT);
            case GATHERED -> new Address(LINE.get(row), OFFSET, FLOAT, 0);
            case ROWS, SCATTERED -> row(row < 3 ? A_NOW : A_FOURTH, A_STEP, row % 3, p * FLOAT);
        };
    }

    private Address ofB(int p, int v) {
        return switch (formB) {
            case PACKED -> rowOfB(v / perPanel(), (p * perPanel() + v % perPanel()) * set.bytes());
            case ROWS -> rowOfB(p, v * set.bytes());
            case SCATTERED, GATHERED -> new Address(B, OFFSET, FLOAT, v * set.bytes());
        };
    }

    private Address rowOfB(int steps, int offset) {
        return steps == 3 ? new Address(B_NOW, threeBSteps(), 1, offset) : row(B_NOW, bStep(), steps, offset);
    }

    /// Panels side by side are side by side in C too.
    private Address ofC(int row, int v) {
        return row(row < 3 ? C : C_FOURTH, cStep(), row % 3, v * set.bytes());
    }

    /// @param count 0, 1 or 2 steps from the base
    private static Address row(Register base, Register step, int count, int offset) {
        return count == 0 ? Address.of(base, offset) : new Address(base, step, count, offset);
    }
}
