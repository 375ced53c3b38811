/// Kernels as C text, in the dialects of OpenCL and CUDA, and the host side of devices that run it.
module dev.quern.codegen {
    requires transitive dev.quern.core;
    requires static org.jspecify;

    exports dev.quern.codegen;
    exports dev.quern.device;
}
