/// The OpenCL backend, and FPGA cards by bundles of kernels. Users meet both through the backend interface.
@SuppressWarnings("requires-automatic") // JOCL has no module descriptor
module dev.quern.opencl {
    requires com.fasterxml.jackson.jr.ob;
    requires transitive dev.quern.core;
    requires dev.quern.codegen;
    requires jocl;
    requires static transitive org.jspecify;

    exports dev.quern.opencl;

    provides dev.quern.backend.BackendProvider with
            dev.quern.opencl.OpenClProvider,
            dev.quern.opencl.FpgaProvider;
}
