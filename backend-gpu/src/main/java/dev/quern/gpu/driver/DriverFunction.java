package dev.quern.gpu.driver;

/// The functions of `libcuda` that are called, under the names it exports (which `cuda.h` hides behind macros).
/// All return a `CUresult`.
public enum DriverFunction implements ForeignFunction {
    INIT("cuInit(i)"),
    DRIVER_VERSION("cuDriverGetVersion(p)"),
    ERROR_NAME("cuGetErrorName(ip)"),
    ERROR_STRING("cuGetErrorString(ip)"),
    DEVICE_COUNT("cuDeviceGetCount(p)"),
    DEVICE("cuDeviceGet(pi)"),
    DEVICE_NAME("cuDeviceGetName(pii)"),
    DEVICE_BYTES("cuDeviceTotalMem_v2(pi)"),
    DEVICE_ATTRIBUTE("cuDeviceGetAttribute(pii)"),
    RETAIN_CONTEXT("cuDevicePrimaryCtxRetain(pi)"),
    RELEASE_CONTEXT("cuDevicePrimaryCtxRelease_v2(i)"),
    SET_CURRENT("cuCtxSetCurrent(h)"),
    MEMORY_INFO("cuMemGetInfo_v2(pp)"),
    ALLOCATE("cuMemAlloc_v2(pl)"),
    FREE("cuMemFree_v2(l)"),
    ALLOCATE_PINNED("cuMemAllocHost_v2(pl)"),
    FREE_PINNED("cuMemFreeHost(p)"),
    COPY_TO_DEVICE("cuMemcpyHtoDAsync_v2(lplh)"),
    COPY_TO_HOST("cuMemcpyDtoHAsync_v2(pllh)"),
    NEW_STREAM("cuStreamCreate(pi)"),
    DESTROY_STREAM("cuStreamDestroy_v2(h)"),
    SYNCHRONIZE_STREAM("cuStreamSynchronize(h)"),
    NEW_EVENT("cuEventCreate(pi)"),
    RECORD_EVENT("cuEventRecord(hh)"),
    SYNCHRONIZE_EVENT("cuEventSynchronize(h)"),
    DESTROY_EVENT("cuEventDestroy_v2(h)"),
    LOAD_MODULE("cuModuleLoadDataEx(ppipp)"),
    UNLOAD_MODULE("cuModuleUnload(h)"),
    FUNCTION("cuModuleGetFunction(php)"),
    LAUNCH("cuLaunchKernel(hiiiiiiihpp)"),
    BEGIN_CAPTURE("cuStreamBeginCapture_v2(hi)"),
    END_CAPTURE("cuStreamEndCapture(hp)"),
    INSTANTIATE_GRAPH("cuGraphInstantiateWithFlags(phl)"),
    LAUNCH_GRAPH("cuGraphLaunch(hh)"),
    DESTROY_GRAPH("cuGraphDestroy(h)"),
    DESTROY_GRAPH_EXEC("cuGraphExecDestroy(h)");

    private final String prototype;

    DriverFunction(String prototype) {
        this.prototype = prototype;
    }

    @Override
    public String prototype() {
        return prototype;
    }
}
