/// How compiled steps run: [Step][dev.quern.cpu.run.Step]s over the arrays of a
/// [Workspace][dev.quern.cpu.run.Workspace], divided among the threads of a [Team][dev.quern.cpu.run.Team], whose
/// helpers come from one [WorkerPool][dev.quern.cpu.run.WorkerPool] for all models and leave the processor of the
/// thread
/// that they help, where a [Seat][dev.quern.cpu.run.Seat] can tell.
@NullMarked
package dev.quern.cpu.run;

import org.jspecify.annotations.NullMarked;
