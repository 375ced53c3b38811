/// The backend that runs everything on this machine's processor, in plain Java: what a
/// [CpuProvider][dev.quern.cpu.CpuProvider] finds, a [CpuBackend][dev.quern.cpu.CpuBackend] compiles, a
/// [CpuExecutable][dev.quern.cpu.CpuExecutable] runs.
///
/// A program becomes a list of [Step][dev.quern.cpu.run.Step]s: loops bound to views, divided among threads. Each hot
/// loop has a plain form (`dev.quern.cpu.plain`) and a vector form (`dev.quern.cpu.simd`, `dev.quern.cpu.codegen`), and
/// products, pools and depth-wise convolutions also one in machine code (`dev.quern.cpu.machine`), all with the same
/// bits; [Tier][dev.quern.cpu.Tier] says which ones this Java virtual machine can run. For machine code
/// [ChannelsLast][dev.quern.cpu.ChannelsLast] first lays temporaries between convolutions out anew,
/// [InlineConstants][dev.quern.cpu.InlineConstants] puts single numbers into expressions, and
/// [JoinedKernels][dev.quern.cpu.JoinedKernels] joins a softmax, with the products around it if there are any.
/// Stretches of a large batch go part by part (`dev.quern.cpu.parts`), which a [PartsRun][dev.quern.cpu.PartsRun] does.
@NullMarked
package dev.quern.cpu;

import org.jspecify.annotations.NullMarked;
