/// Matrix products of `f32`, and convolutions as such.
///
/// Constants are packed into panels ([Panels][dev.quern.cpu.gemm.Panels]) once for each model. Other operands are read
/// as they are stored where that is quick, else packed inside the run; a convolution reads its padded input through a
/// table of row offsets ([ScatteredRows][dev.quern.cpu.gemm.ScatteredRows]) or, in machine code, is a product with a
/// row for each output position ([PixelProduct][dev.quern.cpu.gemm.PixelProduct]); a transposed one is several of these
/// ([Phases][dev.quern.cpu.gemm.Phases], [PlanarPhases][dev.quern.cpu.gemm.PlanarPhases]). A
/// [BlockKernel][dev.quern.cpu.gemm.BlockKernel] multiplies two [Factor][dev.quern.cpu.gemm.Factor]s into a block of
/// sums; all its forms give the same bits, those of `for p: sum = fma(a[i][p], b[p][j], sum)` from 0.
/// [ProductStep][dev.quern.cpu.gemm.ProductStep] divides the output into blocks, and hands each finished block to the
/// epilogue while it is in the cache.
@NullMarked
package dev.quern.cpu.gemm;

import org.jspecify.annotations.NullMarked;
