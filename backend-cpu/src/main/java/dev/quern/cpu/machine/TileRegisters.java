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

import java.util.List;

/// What the registers of a [TileLoop] hold.
final class TileRegisters {
    /// The registers that are saved.
    static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));

    // what the arguments are kept in, and walkers over A and B
    static final Register A = RDI;
    static final Register B = RSI;
    static final Register C = RDX;
    static final Register K = R13;
    static final Register B_STEP = R11;
    static final Register THREE_B_STEPS = RAX;
    static final Register C_STEP = R10;
    static final Register C_FOURTH = RBP;
    static final Register A_STEP = R12;
    static final Register COUNT = RBX;
    static final Register FIRST = R14;
    static final Register LEFT = RCX;
    static final Register A_NOW = R8;
    static final Register A_FOURTH = R15;
    static final Register B_NOW = R9;

    // of scattered rows: where in the offsets, and the offset at hand
    static final Register OFFSETS_NOW = R9;
    static final Register OFFSET = RAX;
    static final Register OFFSETS = R11;

    // of gathered lines: where in their own offsets, where in those of k, and a pointer for each line; B and the count
    // lie among the arguments, in place of what is no longer needed
    static final Register LINES = R10;
    static final Register K_OFFSETS = RBP;
    static final List<Register> LINE = List.of(R8, R12, R15, R11, R13, R14);
    static final Register B_STEP_OF_LINES = RSI;
    static final Register THREE_B_STEPS_OF_LINES = RBX;

    static final int B_ARGUMENT = 9;
    static final int COUNT_ARGUMENT = 15;

    // what is asked for next, in place of what the loop then does without
    static final Register AHEAD = R13;
    static final Register AHEAD_OF_LINES = RBX;

    /// With the offsets of gathered lines on top.
    static final Frame FRAME_WITH_OFFSETS = new Frame(List.of(RBX, RBP, R12, R13, R14, R15, RCX));

    private TileRegisters() {}
}
