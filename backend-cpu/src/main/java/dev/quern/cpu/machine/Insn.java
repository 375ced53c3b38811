package dev.quern.cpu.machine;

/// One instruction of straight-line code over lanes, before it has registers; operands are the numbers of earlier
/// ones.
sealed interface Insn {
    /// In place of an operand that an instruction does not have.
    int NONE = -1;

    /// Elements of a view: as many as there are lanes, or as `group` 1 those after them.
    record Load(int view, int group) implements Insn {}

    /// The same 32 bits in all lanes.
    record Constant(int bits) implements Insn {}

    /// @param x [#NONE] where the operation has one operand
    /// @param number what a comparison compares by, else 0
    record Apply(VectorOp op, int x, int y, int number) implements Insn {}

    /// @param distance in bits
    record Shift(Direction direction, int x, int distance) implements Insn {}

    /// Lanes of `yes` where the sign of `mask` is set, else of `no`.
    record Blend(int no, int yes, int mask) implements Insn {}

    /// `a · b + c`, rounded once.
    record Fma(int a, int b, int c) implements Insn {}

    /// The ways to shift lanes, with the number that the opcode carries.
    enum Direction {
        LEFT("vpslld", 6),
        RIGHT("vpsrad", 4),
        RIGHT_UNSIGNED("vpsrld", 2);

        final String mnemonic;
        final int number;

        Direction(String mnemonic, int number) {
            this.mnemonic = mnemonic;
            this.number = number;
        }
    }

    /// The operands, without those that are [#NONE].
    default int[] operands() {
        return switch (this) {
            case Load ignored -> new int[0];
            case Constant ignored -> new int[0];
            case Apply(var op, int x, int y, int ignored) -> op.isUnary() ? new int[] {y} : new int[] {x, y};
            case Shift(var ignored, int x, int distance) -> new int[] {x};
            case Blend(int no, int yes, int mask) -> new int[] {no, yes, mask};
            case Fma(int a, int b, int c) -> new int[] {a, b, c};
        };
    }
}
