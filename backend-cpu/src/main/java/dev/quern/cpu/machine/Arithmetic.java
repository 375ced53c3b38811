package dev.quern.cpu.machine;

/// What the 32 bits of an element of a product are, and those of a sum.
enum Arithmetic {
    /// Floats and their sums.
    FLOATS,
    /// Pairs of 16-bit integers: neighbouring values of k; sums are 32-bit integers.
    PAIRS,
    /// The same, with finished sums as floats; k comes in one piece.
    PAIRS_TO_FLOATS
}
