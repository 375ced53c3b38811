/// Kernels as C text, in the dialects of OpenCL and CUDA.
module dev.quern.codegen {
    requires transitive dev.quern.core;
    requires static org.jspecify;

    exports dev.quern.codegen;
}
