package dev.quern.cpu.machine;

import static dev.quern.cpu.machine.Register.R15;
import static dev.quern.cpu.machine.Register.R8;
import static dev.quern.cpu.machine.Register.R9;
import static dev.quern.cpu.machine.Register.RAX;
import static dev.quern.cpu.machine.Register.RCX;

import java.util.stream.IntStream;

/// Writes what a [TileLoop] does to its sums before it stores them. It has more arguments then, segments 6 to 8 and
/// numbers
/// 13 to 15: `(int *constants, float *columns, float *elements)` and `(long columnAt, long columnTile, long
/// elementAt)`,
/// distances in bytes; `columnTile` leads to the next tile.
///
/// @param cStep the register with the distance between two rows of sums, which is also that of the elements
/// @param vector bytes in a vector
record EndOfTile(MachineEnding ending, Register cStep, int vector) {
    // segments
    private static final int ALL_CONSTANTS = 6;
    private static final int ALL_COLUMNS = 7;
    private static final int ALL_ELEMENTS = 8;

    // numbers
    private static final int COLUMN_AT = 13;
    private static final int COLUMN_TILE = 14;
    private static final int ELEMENT_AT = 15;

    /// The distance to the next tile of sums, which is also that of the elements.
    private static final int C_TILE = 10;

    // in place of the walkers
    private static final Register CONSTANTS = RCX;
    private static final Register COLUMNS = R8;
    private static final Register ELEMENTS = R9;
    private static final Register ELEMENTS_FOURTH = R15;

    /// Vector registers that an ending may use besides that of the sum: no tile needs them for sums.
    private static int[] freeRegisters(VectorSet set) {
        return IntStream.range(set.registers() * 3 / 4, set.registers()).toArray();
    }

    /// How many these are.
    static int free(VectorSet set) {
        return freeRegisters(set).length;
    }

    /// Has the pointers begin where the operands do.
    ///
    /// @param frame that of the loop
    static void arguments(Assembler code, Frame frame) {
        move(code, frame, ALL_COLUMNS, COLUMN_AT);
        move(code, frame, ALL_ELEMENTS, ELEMENT_AT);
    }

    private static void move(Assembler code, Frame frame, int pointer, int distance) {
        code.load(RAX, frame.segment(pointer, 0));
        code.add(RAX, frame.number(distance));
        code.store(frame.segment(pointer, 0), RAX);
    }

    /// Asks for a cache line of each row of the elements, before the walkers are set.
    ///
    /// @param cStep the register with the distance between two rows
    static void askForElements(Assembler code, Frame frame, Register cStep, int rows, int offset) {
        code.load(ELEMENTS, frame.segment(ALL_ELEMENTS, 0));
        for (int row = 0; row < rows; row++) {
            if (row == 3) {
                code.multiply(ELEMENTS_FOURTH, cStep, 3);
                code.add(ELEMENTS, ELEMENTS_FOURTH);
            }
            int steps = row % 3;
            code.prefetch(steps == 0 ? Address.of(ELEMENTS, offset) : new Address(ELEMENTS, cStep, steps, offset));
        }
    }

    void begin(Assembler code, Frame frame) {
        code.load(CONSTANTS, frame.segment(ALL_CONSTANTS, 0));
        code.load(COLUMNS, frame.segment(ALL_COLUMNS, 0));
        code.load(ELEMENTS, frame.segment(ALL_ELEMENTS, 0));
        code.multiply(ELEMENTS_FOURTH, cStep, 3);
        code.add(ELEMENTS_FOURTH, ELEMENTS);
    }

    /// Ends the sums in a register and gives the register of the results.
    int write(Assembler code, int row, int v, int sum) {
        MachineEnding.Places places = new MachineEnding.Places() {
            @Override
            public Address constant(int number) {
                return Address.of(CONSTANTS, number * vector);
            }

            @Override
            public Address operand(int number, int group) {
                return switch (ending.operands().get(number)) {
                    case COLUMN -> Address.of(COLUMNS, v * vector);
                    case ELEMENT -> element(row, v * vector);
                };
            }
        };
        return ending.write(code, places, sum, freeRegisters(code.set()));
    }

    private Address element(int row, int offset) {
        Register base = row < 3 ? ELEMENTS : ELEMENTS_FOURTH;
        return row % 3 == 0 ? Address.of(base, offset) : new Address(base, cStep, row % 3, offset);
    }

    /// Goes on to the next tile.
    void moveOn(Assembler code, Frame frame) {
        code.add(COLUMNS, frame.number(COLUMN_TILE));
        code.store(frame.segment(ALL_COLUMNS, 0), COLUMNS);
        code.add(ELEMENTS, frame.number(C_TILE));
        code.store(frame.segment(ALL_ELEMENTS, 0), ELEMENTS);
    }
}
