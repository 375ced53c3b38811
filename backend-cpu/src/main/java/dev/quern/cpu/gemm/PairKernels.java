package dev.quern.cpu.gemm;

/// Kernels of products of 8-bit integers, whose elements, less their zero points, are *pairs*: the 32 bits of an
/// element hold two 16-bit integers, neighbouring values of k, the first in the lower half. An array of floats carries
/// the bits and nothing computes with them as floats, so operands are packed, padded and gathered as those of other
/// products. No sum of two products passes 32 bits, and sums wrap, so the integers are the very ones.
public interface PairKernels {

    /// Sums are the bits of 32-bit integers.
    BlockKernel integers();

    /// Sums are floats: the integers, rounded once they are finished.
    BlockKernel floats();

    /// Makes pairs of bytes less a zero point: of the first of `count`, as many as are done fast, an even number.
    ///
    /// @param signed whether a byte is signed
    /// @param zero −128 to 255
    /// @return how many bytes were done
    int widen(byte[] from, int at, int count, boolean signed, int zero, float[] to, int toAt);
}
