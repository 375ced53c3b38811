/// The `opencl` backend: kernels as C text, compiled on the spot for CPUs and GPUs with OpenCL 1.2.
///
/// [OpenClProvider][dev.quern.opencl.OpenClProvider] looks for [Device][dev.quern.opencl.Device]s and offers
/// [OpenClBackend][dev.quern.opencl.OpenClBackend] on one of them. What is the same for all drivers is in
/// [dev.quern.device]; here are the [OpenClAccelerator][dev.quern.opencl.OpenClAccelerator] that it drives, its
/// [OpenClQueue][dev.quern.opencl.OpenClQueue]s, and the texts built so far
/// ([BuiltPrograms][dev.quern.opencl.BuiltPrograms], in memory and on disk).
@NullMarked
package dev.quern.opencl;

import org.jspecify.annotations.NullMarked;
