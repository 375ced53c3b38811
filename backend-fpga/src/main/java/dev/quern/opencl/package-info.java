/// The `opencl` backend: kernels as C text, compiled on the spot for CPUs and GPUs with OpenCL 1.2.
///
/// [OpenClProvider][dev.quern.opencl.OpenClProvider] looks for [Device][dev.quern.opencl.Device]s and offers
/// [OpenClBackend][dev.quern.opencl.OpenClBackend]. That turns each kernel into launches (module `dev.quern.codegen`),
/// builds their texts by way of [BuiltPrograms][dev.quern.opencl.BuiltPrograms] (in memory and on disk), and runs them
/// as an [OpenClExecutable][dev.quern.opencl.OpenClExecutable]: a frame holds the device arrays and the kernels with
/// their arguments set, so that a run only enqueues. Constants live on the device, once a model.
@NullMarked
package dev.quern.opencl;

import org.jspecify.annotations.NullMarked;
