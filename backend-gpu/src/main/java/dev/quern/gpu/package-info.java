/// The `cuda` backend: kernels as CUDA C++, compiled by NVRTC for the device at hand.
///
/// [CudaProvider][dev.quern.gpu.CudaProvider] looks for libraries and devices ([Discovery][dev.quern.gpu.Discovery])
/// and offers [CudaBackend][dev.quern.gpu.CudaBackend]s. What is the same for all drivers is in [dev.quern.device];
/// here are the [CudaAccelerator][dev.quern.gpu.CudaAccelerator] that it drives, with the modules built so far
/// ([BuiltModules][dev.quern.gpu.BuiltModules]), and its [CudaQueue][dev.quern.gpu.CudaQueue]s, which record a run's
/// launches as a CUDA graph and copy by way of pinned memory ([Staging][dev.quern.gpu.Staging],
/// [PinnedMemory][dev.quern.gpu.PinnedMemory]). Large products are cuBLASLt's
/// ([LibraryProducts][dev.quern.gpu.LibraryProducts], by the forms of [ProductForm][dev.quern.gpu.ProductForm]),
/// large convolutions cuDNN's ([LibraryConvolutions][dev.quern.gpu.LibraryConvolutions], by those of
/// [ConvolutionForm][dev.quern.gpu.ConvolutionForm]); how either library is found, asked and done without
/// [VendorAccess][dev.quern.gpu.VendorAccess] says.
/// [CudaMemory][dev.quern.gpu.CudaMemory] and [JcudaPointers][dev.quern.gpu.JcudaPointers] share tensors on the device
/// with other users of CUDA; [dev.quern.gpu.jcuda] is a second driver. Libraries lie behind the interfaces of
/// [dev.quern.gpu.driver].
@NullMarked
package dev.quern.gpu;

import org.jspecify.annotations.NullMarked;
