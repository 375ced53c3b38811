/// The libraries of CUDA, as far as the backend needs them, behind four small interfaces.
///
/// [CudaDriver][dev.quern.gpu.driver.CudaDriver] is the driver (contexts, memory, streams, modules, launches, graphs)
/// [CudaCompiler][dev.quern.gpu.driver.CudaCompiler] the compiler of kernels,
/// [Products][dev.quern.gpu.driver.Products] the library of matrix products
/// ([CublasLt][dev.quern.gpu.driver.CublasLt]) and [Convolutions][dev.quern.gpu.driver.Convolutions] that of
/// convolutions ([Cudnn][dev.quern.gpu.driver.Cudnn]), both a
/// [VendorLibrary][dev.quern.gpu.driver.VendorLibrary]. [LinkedDriver][dev.quern.gpu.driver.LinkedDriver] and
/// [Nvrtc][dev.quern.gpu.driver.Nvrtc] are the real ones, by java.lang.foreign:
/// [DriverFunction][dev.quern.gpu.driver.DriverFunction] and [NvrtcFunction][dev.quern.gpu.driver.NvrtcFunction] say
/// what is called and with what, [Libraries][dev.quern.gpu.driver.Libraries] where it is looked for.
@NullMarked
package dev.quern.gpu.driver;

import org.jspecify.annotations.NullMarked;
