/// The libraries of CUDA, as far as the backend needs them, behind two small interfaces.
///
/// [CudaDriver][dev.quern.gpu.driver.CudaDriver] is the driver (contexts, memory, streams, modules, launches, graphs)
/// and [CudaCompiler][dev.quern.gpu.driver.CudaCompiler] the compiler of kernels.
/// [LinkedDriver][dev.quern.gpu.driver.LinkedDriver] and [Nvrtc][dev.quern.gpu.driver.Nvrtc] are the real ones, by
/// java.lang.foreign: [DriverFunction][dev.quern.gpu.driver.DriverFunction] and
/// [NvrtcFunction][dev.quern.gpu.driver.NvrtcFunction] say what is called and with what,
/// [Libraries][dev.quern.gpu.driver.Libraries] where it is looked for.
@NullMarked
package dev.quern.gpu.driver;

import org.jspecify.annotations.NullMarked;
