package dev.quern.gpu.driver;

/// The functions of `libnvrtc` that are called. All return an `nvrtcResult`.
public enum NvrtcFunction implements ForeignFunction {
    VERSION("nvrtcVersion(pp)"),
    ARCHITECTURE_COUNT("nvrtcGetNumSupportedArchs(p)"),
    ARCHITECTURES("nvrtcGetSupportedArchs(p)"),
    CREATE("nvrtcCreateProgram(pppipp)"),
    DESTROY("nvrtcDestroyProgram(p)"),
    COMPILE("nvrtcCompileProgram(hip)"),
    LOG_SIZE("nvrtcGetProgramLogSize(hp)"),
    LOG("nvrtcGetProgramLog(hp)"),
    CUBIN_SIZE("nvrtcGetCUBINSize(hp)"),
    CUBIN("nvrtcGetCUBIN(hp)"),
    PTX_SIZE("nvrtcGetPTXSize(hp)"),
    PTX("nvrtcGetPTX(hp)");

    private final String prototype;

    NvrtcFunction(String prototype) {
        this.prototype = prototype;
    }

    @Override
    public String prototype() {
        return prototype;
    }
}
