/// The CUDA backend. Users meet it through the backend interface; what is exported shares memory with other users of
/// CUDA.
@SuppressWarnings("requires-automatic") // JCuda has no module descriptor
module dev.quern.gpu {
    requires transitive dev.quern.core;
    requires dev.quern.codegen;
    requires static jcuda;
    requires static transitive org.jspecify;

    exports dev.quern.gpu;

    provides dev.quern.backend.BackendProvider with
            dev.quern.gpu.CudaProvider;
}
