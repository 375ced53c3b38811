/// The closed set of loops that a backend must run, and the programs made of them.
///
/// A [Kernel][dev.quern.kernel.Kernel] names its operands and results as strided [View][dev.quern.kernel.View]s of
/// [Buffer][dev.quern.kernel.Buffer]s. A [Program][dev.quern.kernel.Program] is a list of kernels with its buffers, in
/// order, for one binding of all extents; it is what a backend compiles. Nothing here knows operators.
@NullMarked
package dev.quern.kernel;

import org.jspecify.annotations.NullMarked;
