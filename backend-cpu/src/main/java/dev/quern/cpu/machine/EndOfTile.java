package dev.quern.cpu.machine;

import static dev.quern.cpu.machine.Register.R15;
import static dev.quern.cpu.machine.Register.R8;
import static dev.quern.cpu.machine.Register.R9;
import static dev.quern.cpu.machine.Register.RAX;
import static dev.quern.cpu.machine.Register.RCX;

import dev.quern.cpu.gemm.Ending;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Writes what a [TileLoop] does to its sums before it stores them. It has six more arguments then, number 17 to 22:
/// `(…, int *constants, float *columns, float *elements, long columnAt, long columnTile, long elementAt)`, distances in
/// bytes; `columnTile` leads to the next tile.
///
/// @param cStep the register with the distance between two rows of sums, which is also that of the elements
/// @param vector bytes in a vector
record EndOfTile(MachineEnding ending, Register cStep, int vector) {
    private static final int CONSTANTS_ARGUMENT = 17;
    private static final int COLUMNS_ARGUMENT = 18;
    private static final int ELEMENTS_ARGUMENT = 19;
    private static final int COLUMN_AT = 20;
    private static final int COLUMN_TILE = 21;
    private static final int ELEMENT_AT = 22;

    /// The distance to the next tile of sums, which is also that of the elements.
    private static final int C_TILE = 14;

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
    /// @param argument where an argument is
    static void arguments(Assembler code, IntFunction<Address> argument) {
        move(code, argument, COLUMNS_ARGUMENT, COLUMN_AT);
        move(code, argument, ELEMENTS_ARGUMENT, ELEMENT_AT);
    }

    private static void move(Assembler code, IntFunction<Address> argument, int pointer, int distance) {
        code.load(RAX, argument.apply(pointer));
        code.add(RAX, argument.apply(distance));
        code.store(argument.apply(pointer), RAX);
    }

    /// Asks for a cache line of each row of the elements, before the walkers are set.
    ///
    /// @param cStep the register with the distance between two rows
    static void askForElements(Assembler code, IntFunction<Address> argument, Register cStep, int rows, int offset) {
        code.load(ELEMENTS, argument.apply(ELEMENTS_ARGUMENT));
        for (int row = 0; row < rows; row++) {
            if (row == 3) {
                code.multiply(ELEMENTS_FOURTH, cStep, 3);
                code.add(ELEMENTS, ELEMENTS_FOURTH);
            }
            int steps = row % 3;
            code.prefetch(steps == 0 ? Address.of(ELEMENTS, offset) : new Address(ELEMENTS, cStep, steps, offset));
        }
    }

    void begin(Assembler code, IntFunction<Address> argument) {
        code.load(CONSTANTS, argument.apply(CONSTANTS_ARGUMENT));
        code.load(COLUMNS, argument.apply(COLUMNS_ARGUMENT));
        code.load(ELEMENTS, argument.apply(ELEMENTS_ARGUMENT));
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
                boolean each = ending.operands().get(number) == Ending.Operand.ELEMENT;
                return each ? element(row, v * vector) : Address.of(COLUMNS, v * vector);
            }
        };
        return ending.write(code, places, sum, freeRegisters(code.set()));
    }

    private Address element(int row, int offset) {
        Register base = row < 3 ? ELEMENTS : ELEMENTS_FOURTH;
        return row % 3 == 0 ? Address.of(base, offset) : new Address(base, cStep, row % 3, offset);
    }

    /// Goes on to the next tile.
    void moveOn(Assembler code, IntFunction<Address> argument) {
        code.add(COLUMNS, argument.apply(COLUMN_TILE));
        code.store(argument.apply(COLUMNS_ARGUMENT), COLUMNS);
        code.add(ELEMENTS, argument.apply(C_TILE));
        code.store(argument.apply(ELEMENTS_ARGUMENT), ELEMENTS);
    }
}
