/// Kernels as C text: each kind of [Kernel][dev.quern.kernel.Kernel] is described once, for OpenCL C 1.2 and CUDA C.
///
/// [KernelCode][dev.quern.codegen.KernelCode] turns a kernel into [Launch][dev.quern.codegen.Launch]es: functions of C
/// with what they are called with. The texts are the same in every dialect; a [Dialect][dev.quern.codegen.Dialect] is
/// the header of macros and types before them. A text says the *structure* of a kernel (expressions, element types,
/// rank, which strides are 0 or 1); extents, strides and offsets are arguments, so one text serves many shapes.
///
/// Some steps of a program are written together: [RowPair][dev.quern.codegen.RowPair],
/// [Fused][dev.quern.codegen.Fused], [JoinedLaunch][dev.quern.codegen.JoinedLaunch].
///
/// `prelude.c` holds the functions that texts call. Those of `f32` take the very steps of
/// [FloatMath][dev.quern.expr.FloatMath], so that results are the CPU's to the bit; the rarer functions and those of
/// `f64` are the device's own.
@NullMarked
package dev.quern.codegen;

import org.jspecify.annotations.NullMarked;
