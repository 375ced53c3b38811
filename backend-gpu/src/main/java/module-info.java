/// The CUDA backend. It exports nothing: users meet it through the backend interface.
module dev.quern.gpu {
    requires dev.quern.core;
    requires dev.quern.codegen;
    requires static org.jspecify;

    provides dev.quern.backend.BackendProvider with
            dev.quern.gpu.CudaProvider;
}
