/// The OpenCL backend. It exports nothing: users meet it through the backend interface.
@SuppressWarnings("requires-automatic") // JOCL has no module descriptor
module dev.quern.opencl {
    requires dev.quern.core;
    requires dev.quern.codegen;
    requires jocl;
    requires static org.jspecify;

    provides dev.quern.backend.BackendProvider with
            dev.quern.opencl.OpenClProvider;
}
