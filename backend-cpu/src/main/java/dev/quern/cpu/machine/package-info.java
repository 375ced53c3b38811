/// The innermost loops as machine code that Java writes itself: no native library is shipped or loaded.
///
/// An [Assembler][dev.quern.cpu.machine.Assembler] encodes the few instructions that a loop needs, with the vectors of
/// a [VectorSet][dev.quern.cpu.machine.VectorSet]. Loops are written with them:
/// [TileLoop][dev.quern.cpu.machine.TileLoop] the register-blocked one of a matrix product,
/// [WindowLoop][dev.quern.cpu.machine.WindowLoop] sliding windows,
/// [SharedColumnsLoop][dev.quern.cpu.machine.SharedColumnsLoop] those whose positions meet the same columns,
/// [TransformLoop][dev.quern.cpu.machine.TransformLoop]
/// those of Winograd's convolutions, [TurnLoop][dev.quern.cpu.machine.TurnLoop] matrices turned over;
/// [MapLoop][dev.quern.cpu.machine.MapLoop] and [FoldLoop][dev.quern.cpu.machine.FoldLoop] expressions over rows, whose
/// instructions a [Selection][dev.quern.cpu.machine.Selection] chooses (for a
/// [Quantisation][dev.quern.cpu.machine.Quantisation] and for a [VariableScale][dev.quern.cpu.machine.VariableScale]
/// some without a division) and a
/// [LaneWriter][dev.quern.cpu.machine.LaneWriter] gives registers. [CodePages][dev.quern.cpu.machine.CodePages] puts
/// the bytes into memory that is first written and then made executable (never both), and
/// [MachineBlockKernel][dev.quern.cpu.machine.MachineBlockKernel] calls them on ordinary heap arrays, with every bound
/// checked in Java before. [MachineCode][dev.quern.cpu.machine.MachineCode] says whether this Java virtual machine,
/// system and processor allow it, and else why not. [SystemSeat][dev.quern.cpu.machine.SystemSeat] asks the system
/// where
/// threads are, since native access is there anyway.
///
/// A loop has the bits of its plain twin: one fused multiply-add for each product, k ascending.
@NullMarked
package dev.quern.cpu.machine;

import org.jspecify.annotations.NullMarked;
