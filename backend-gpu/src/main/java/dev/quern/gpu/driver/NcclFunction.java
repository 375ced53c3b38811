package dev.quern.gpu.driver;

/// The functions of `libnccl` that are called. Most return an `ncclResult_t`.
public enum NcclFunction implements ForeignFunction {
    VERSION("ncclGetVersion(p)"),
    ERROR_STRING("ncclGetErrorString(i)p"),
    INIT_ALL("ncclCommInitAll(pip)"),
    GROUP_START("ncclGroupStart()"),
    GROUP_END("ncclGroupEnd()"),
    ALL_REDUCE("ncclAllReduce(llliihh)"),
    ASYNC_ERROR("ncclCommGetAsyncError(hp)"),
    ABORT("ncclCommAbort(h)"),
    DESTROY("ncclCommDestroy(h)");

    private final String prototype;

    NcclFunction(String prototype) {
        this.prototype = prototype;
    }

    @Override
    public String prototype() {
        return prototype;
    }
}
