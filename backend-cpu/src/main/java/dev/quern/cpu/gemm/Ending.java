package dev.quern.cpu.gemm;

/// What a kernel does to finished sums while they are in its registers: an expression of the sum and of operands. Each
/// kernel makes and knows its own.
public interface Ending {
    /// How an operand lies beside the results.
    enum Operand {
        /// One element for each column, that is channel.
        COLUMN,
        /// One element for each result, rows as far apart as those of the results.
        ELEMENT,
        /// One number for all results, which may be another in every run; at most one operand.
        NUMBER
    }
}
