package dev.quern.cpu.machine;

import java.util.List;

/// The beginning and the end of a [MachineFunction], and where its arguments lie. The first six segments come in `RDI`,
/// `RSI`, `RDX`, `RCX`, `R8` and `R9`.
///
/// @param segments how many arguments are segments
/// @param saved registers that the caller wants back
record Frame(int segments, List<Register> saved) {
    /// Arguments that come in registers.
    private static final int IN_REGISTERS = 6;

    /// That of most functions.
    Frame(Register... saved) {
        this(MachineFunction.SEGMENTS, List.of(saved));
    }

    void enter(Assembler code) {
        saved.forEach(code::push);
    }

    void leave(Assembler code) {
        code.endVectors();
        saved.reversed().forEach(code::pop);
        code.ret();
    }

    /// Where a segment lies that does not come in a register, which is 6 or a later one.
    ///
    /// @param below bytes of the stack in use below the saved registers
    Address segment(int number, int below) {
        return onStack(number, below);
    }

    /// Where a number lies that is an argument.
    ///
    /// @param below bytes of the stack in use below the saved registers
    Address number(int number, int below) {
        return onStack(segments + number, below);
    }

    Address number(int number) {
        return number(number, 0);
    }

    /// Above the return address and the saved registers.
    private Address onStack(int argument, int below) {
        return Address.of(Register.RSP, below + (saved.size() + 1 + argument - IN_REGISTERS) * Long.BYTES);
    }
}
