package dev.quern.cpu.plain;

/// Turns rows of few floats into columns and back. Rows narrower than a block of a [Transposer] are taken as if they
/// were as wide as one: what is read too much becomes columns that nobody looks at, and what is written too much lies
/// in the rows behind, which are written later.
public final class ShortRowTurns {
    /// The rows and columns of a transposer's block; so many columns have to have room.
    public static final int BLOCK = 8;

    private ShortRowTurns() {}

    /// Element `i` of column `e`, `to[e · rows + i]`, is `from[at + i · step + e]`.
    ///
    /// @param n elements in a row
    public static void toColumns(Transposer transposer, float[] from, int at, int step, int rows, int n, float[] to) {
        int whole = n >= BLOCK || step == 0 ? rows : Math.clamp((from.length - at - BLOCK) / step + 1L, 0, rows);
        if (whole > 0) {
            transposer.turn(from, at, step, whole, step == 0 ? n : Math.max(n, BLOCK), to, 0, rows);
        }
        if (whole < rows) {
            Transposer.PLAIN.turn(from, at + whole * step, step, rows - whole, n, to, whole, rows);
        }
    }

    /// The reverse: `to[at + i · step + e]` is `from[e · rows + i]`.
    public static void toRows(Transposer transposer, float[] from, int rows, int n, float[] to, int at, int step) {
        int whole = rows - Math.ceilDiv(BLOCK - n, n); // what these write too much is within the rows behind
        if (n >= BLOCK || step != n || whole < BLOCK) {
            transposer.turn(from, 0, rows, n, rows, to, at, step);
            return;
        }
        transposer.turn(from, 0, rows, BLOCK, whole, to, at, step);
        Transposer.PLAIN.turn(from, whole, rows, n, rows - whole, to, at + whole * step, step);
    }
}
