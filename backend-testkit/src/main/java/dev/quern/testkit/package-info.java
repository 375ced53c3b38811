/// What every backend must do, as tests.
///
/// A backend's own tests extend [BackendConformance][dev.quern.testkit.BackendConformance], which runs cases of every
/// kernel kind, programs of several steps and seeded random programs, and compares every bit with the
/// [Oracle][dev.quern.testkit.Oracle]: the most obvious loops that have the meaning and the rounding that
/// [Kernel][dev.quern.kernel.Kernel] and [Reducer][dev.quern.kernel.Reducer] fix. It also checks errors, concurrent
/// runs and cancellation.
@NullMarked
package dev.quern.testkit;

import org.jspecify.annotations.NullMarked;
