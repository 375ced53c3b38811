package dev.quern.cpu.machine;

/// The vector instructions that a loop is written with.
enum VectorSet {
    /// 256 bits: AVX2 and FMA.
    AVX2(8, 16, false),
    /// 512 bits: AVX-512 F, BW and DQ.
    AVX512(16, 32, false),
    /// The same, with sums of products of 16-bit integers in one instruction.
    AVX512_VNNI(16, 32, true);

    private final int lanes;
    private final int registers;
    private final boolean sumsPairs;

    VectorSet(int lanes, int registers, boolean sumsPairs) {
        this.lanes = lanes;
        this.registers = registers;
        this.sumsPairs = sumsPairs;
    }

    /// Floats in a register.
    int lanes() {
        return lanes;
    }

    /// Bytes in a register.
    int bytes() {
        return lanes * Float.BYTES;
    }

    int registers() {
        return registers;
    }

    boolean sumsPairs() {
        return sumsPairs;
    }

    boolean isWide() {
        return this != AVX2;
    }
}
