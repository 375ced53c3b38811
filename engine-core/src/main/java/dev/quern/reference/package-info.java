/// A backend that interprets kernels in plain Java: slow, total and exact, and the template for authors of backends.
///
/// Read it in this order: [ReferenceBackend][dev.quern.reference.ReferenceBackend] turns each step of a program into
/// a [Loop][dev.quern.reference.Loop], one class a kernel kind;
/// [ReferenceExecutable][dev.quern.reference.ReferenceExecutable] binds arrays to buffers and runs the loops in
/// order. A loop walks its space with a [Cursor][dev.quern.reference.Cursor] and tells a
/// [Pulse][dev.quern.reference.Pulse] how much it has done, which is where cancellation is noticed. What each loop
/// computes, down to the last bit, is said by [Kernel][dev.quern.kernel.Kernel] and
/// [Reducer][dev.quern.kernel.Reducer]; other backends on a CPU give the same bits.
@NullMarked
package dev.quern.reference;

import org.jspecify.annotations.NullMarked;
