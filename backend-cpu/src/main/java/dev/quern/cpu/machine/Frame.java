package dev.quern.cpu.machine;

import java.util.List;

/// The beginning and the end of a function in the System V calling convention, and where its arguments lie.
///
/// @param saved registers that the caller wants back
record Frame(List<Register> saved) {
    /// Arguments that come in registers.
    private static final int IN_REGISTERS = 6;

    void enter(Assembler code) {
        saved.forEach(code::push);
    }

    void leave(Assembler code) {
        code.endVectors();
        saved.reversed().forEach(code::pop);
        code.ret();
    }

    /// The seventh argument, number 6, or a later one: above the return address and the saved registers.
    ///
    /// @param below bytes of the stack in use below these
    Address argument(int number, int below) {
        return Address.of(Register.RSP, below + (saved.size() + 1 + number - IN_REGISTERS) * Long.BYTES);
    }
}
