/// The innermost loops as machine code that Java writes itself: no native library is shipped or loaded.
///
/// An [Assembler][dev.quern.cpu.machine.Assembler] encodes the few instructions that a loop needs,
/// [TileLoop][dev.quern.cpu.machine.TileLoop] writes the register-blocked loop of a matrix product with them,
/// [CodePages][dev.quern.cpu.machine.CodePages] puts the bytes into memory that is first written and then made
/// executable (never both), and [MachineBlockKernel][dev.quern.cpu.machine.MachineBlockKernel] calls them on ordinary
/// heap arrays, with every bound checked in Java before. [MachineCode][dev.quern.cpu.machine.MachineCode] says whether
/// this Java virtual machine, system and processor allow it, and else why not.
///
/// A loop has the bits of its plain twin: one fused multiply-add for each product, k ascending.
@NullMarked
package dev.quern.cpu.machine;

import org.jspecify.annotations.NullMarked;
