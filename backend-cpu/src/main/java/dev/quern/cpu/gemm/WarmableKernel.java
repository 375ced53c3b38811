package dev.quern.cpu.gemm;

/// A block kernel that is slow until the compiler has seen it run.
public interface WarmableKernel extends BlockKernel {

    /// Whether blocks of this many rows are multiplied at full speed.
    boolean isWarm(int rows);
}
