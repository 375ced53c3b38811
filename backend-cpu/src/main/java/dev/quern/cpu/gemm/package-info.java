/// Matrix products of `f32`, and convolutions as such.
///
/// Operands are packed into panels ([Panels][dev.quern.cpu.gemm.Panels]): constants once for each model, others inside
/// the run. A [BlockKernel][dev.quern.cpu.gemm.BlockKernel] multiplies packed panels into a block of sums; its plain
/// and its vector form read the same panels and give the same bits, those of `for p: sum = fma(a[i][p], b[p][j], sum)`
/// from 0. [ProductStep][dev.quern.cpu.gemm.ProductStep] divides the output into blocks, and hands each finished block
/// to the epilogue while it is in the cache.
@NullMarked
package dev.quern.cpu.gemm;

import org.jspecify.annotations.NullMarked;
