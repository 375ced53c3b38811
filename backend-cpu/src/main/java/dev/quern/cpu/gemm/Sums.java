package dev.quern.cpu.gemm;

/// Where a block of sums is kept: element (i, j) at `at + i · step + j`.
public record Sums(float[] array, int at, int step) {}
