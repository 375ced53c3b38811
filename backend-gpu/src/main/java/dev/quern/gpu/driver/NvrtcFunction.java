package dev.quern.gpu.driver;

/// The functions of `libnvrtc` that are called. All return an `nvrtcResult`.
public enum NvrtcFunction implements ForeignFunction {
    VERSION("nvrtcVersion", "pp"),
    ARCHITECTURE_COUNT("nvrtcGetNumSupportedArchs", "p"),
    ARCHITECTURES("nvrtcGetSupportedArchs", "p"),
    CREATE("nvrtcCreateProgram", "pppipp"),
    DESTROY("nvrtcDestroyProgram", "p"),
    COMPILE("nvrtcCompileProgram", "hip"),
    LOG_SIZE("nvrtcGetProgramLogSize", "hp"),
    LOG("nvrtcGetProgramLog", "hp"),
    CUBIN_SIZE("nvrtcGetCUBINSize", "hp"),
    CUBIN("nvrtcGetCUBIN", "hp"),
    PTX_SIZE("nvrtcGetPTXSize", "hp"),
    PTX("nvrtcGetPTX", "hp");

    private final String symbol;
    private final String parameters;

    NvrtcFunction(String symbol, String parameters) {
        this.symbol = symbol;
        this.parameters = parameters;
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public String parameters() {
        return parameters;
    }
}
