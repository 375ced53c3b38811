package dev.quern.gpu.jcuda;

import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/// The driver by way of [JCuda](http://jcuda.org) 12.6 and its native library, for processes that use JCuda already.
///
/// JCuda's objects cannot be made from handles, so those that are alive are kept by their handles.
public final class JcudaDriver implements CudaDriver {
    private static final int NO_DEVICE = 100;
    private static final int STREAM_NON_BLOCKING = 1;
    private static final int EVENT_DISABLE_TIMING = 2;
    private static final int CAPTURE_THREAD_LOCAL = 1;
    private static final int NAME_BYTES = 256;

    private final int version;
    private final Map<Long, CUcontext> contexts = new ConcurrentHashMap<>();
    private final Map<Long, CUstream> streams = new ConcurrentHashMap<>();
    private final Map<Long, CUevent> events = new ConcurrentHashMap<>();
    private final Map<Long, CUmodule> modules = new ConcurrentHashMap<>();
    private final Map<Long, CUfunction> functions = new ConcurrentHashMap<>();
    private final Map<Long, CUgraph> graphs = new ConcurrentHashMap<>();
    private final Map<Long, CUgraphExec> instances = new ConcurrentHashMap<>();

    /// @throws CudaException where it finds no way to a device
    /// @throws LinkageError where JCuda or its native library is missing
    public JcudaDriver() {
        JCudaDriver.setExceptionsEnabled(false);
        check("cuInit", JCudaDriver.cuInit(0));
        this.version = number("cuDriverGetVersion", JCudaDriver::cuDriverGetVersion);
    }

    private static void check(String function, int code) {
        if (code != 0) {
            String[] name = {"an unknown error"};
            String[] text = {""};
            JCudaDriver.cuGetErrorName(code, name);
            JCudaDriver.cuGetErrorString(code, text);
            throw new CudaException(code, function, name[0] + ": " + text[0]);
        }
    }

    private static int number(String function, ToIntFunction<int[]> call) {
        int[] out = new int[1];
        check(function, call.applyAsInt(out));
        return out[0];
    }

    private static long bytes(String function, ToIntFunction<long[]> call) {
        long[] out = new long[1];
        check(function, call.applyAsInt(out));
        return out[0];
    }

    /// The handle of an object that a call of JCuda fills in.
    private static <T extends NativePointerObject> long made(
            String function, Map<Long, T> alive, Supplier<T> empty, ToIntFunction<T> call) {
        T object = empty.get();
        check(function, call.applyAsInt(object));
        long handle = JcudaAddresses.address(object);
        alive.put(handle, object);
        return handle;
    }

    private static <T> void destroy(String function, Map<Long, T> alive, long handle, ToIntFunction<T> call) {
        check(function, call.applyAsInt(alive(alive, handle)));
        alive.remove(handle);
    }

    private static <T> T alive(Map<Long, T> alive, long handle) {
        T object = alive.get(handle);
        if (object == null) {
            throw new IllegalArgumentException("no handle of this driver: " + handle);
        }
        return object;
    }

    private static CUdevice handle(int device) {
        CUdevice handle = new CUdevice();
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(handle, device));
        return handle;
    }

    @Override
    public String name() {
        return String.format(Locale.ROOT, "CUDA %d.%d by JCuda", version / 1000, version % 1000 / 10);
    }

    @Override
    public int deviceCount() {
        int[] out = new int[1];
        int code = JCudaDriver.cuDeviceGetCount(out);
        if (code == NO_DEVICE) {
            return 0;
        }
        check("cuDeviceGetCount", code);
        return out[0];
    }

    @Override
    public String deviceName(int device) {
        byte[] out = new byte[NAME_BYTES];
        check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(out, out.length, handle(device)));
        int end = 0;
        while (end < out.length && out[end] != 0) {
            end++;
        }
        return new String(out, 0, end, StandardCharsets.UTF_8);
    }

    @Override
    public long deviceBytes(int device) {
        return bytes("cuDeviceTotalMem", out -> JCudaDriver.cuDeviceTotalMem(out, handle(device)));
    }

    @Override
    public int attribute(DeviceAttribute which, int device) {
        return number(
                "cuDeviceGetAttribute", out -> JCudaDriver.cuDeviceGetAttribute(out, which.code(), handle(device)));
    }

    @Override
    public long retainContext(int device) {
        return made(
                "cuDevicePrimaryCtxRetain",
                contexts,
                CUcontext::new,
                c -> JCudaDriver.cuDevicePrimaryCtxRetain(c, handle(device)));
    }

    @Override
    public void releaseContext(int device) {
        check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(handle(device)));
    }

    @Override
    public void makeCurrent(long context) {
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(alive(contexts, context)));
    }

    @Override
    public long freeBytes() {
        return bytes("cuMemGetInfo", free -> JCudaDriver.cuMemGetInfo(free, new long[1]));
    }

    @Override
    public long allocate(long bytes) {
        JcudaAddresses.DeviceAddress out = new JcudaAddresses.DeviceAddress(0);
        check("cuMemAlloc", JCudaDriver.cuMemAlloc(out, bytes));
        return JcudaAddresses.address(out);
    }

    @Override
    public void free(long address) {
        check("cuMemFree", JCudaDriver.cuMemFree(JcudaAddresses.pointer(address)));
    }

    @Override
    @SuppressWarnings("restricted") // the memory is JCuda's and is as long as was asked for
    public MemorySegment allocatePinned(long bytes) {
        Pointer out = new Pointer();
        check("cuMemAllocHost", JCudaDriver.cuMemAllocHost(out, bytes));
        return MemorySegment.ofAddress(JcudaAddresses.address(out)).reinterpret(bytes);
    }

    @Override
    public void freePinned(MemorySegment memory) {
        check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(JcudaAddresses.host(memory)));
    }

    @Override
    public void copyToDevice(long to, MemorySegment from, long bytes, long stream) {
        check(
                "cuMemcpyHtoDAsync",
                JCudaDriver.cuMemcpyHtoDAsync(
                        JcudaAddresses.pointer(to), JcudaAddresses.host(from), bytes, alive(streams, stream)));
    }

    @Override
    public void copyToHost(MemorySegment to, long from, long bytes, long stream) {
        check(
                "cuMemcpyDtoHAsync",
                JCudaDriver.cuMemcpyDtoHAsync(
                        JcudaAddresses.host(to), JcudaAddresses.pointer(from), bytes, alive(streams, stream)));
    }

    @Override
    public long newStream() {
        return made("cuStreamCreate", streams, CUstream::new, s -> JCudaDriver.cuStreamCreate(s, STREAM_NON_BLOCKING));
    }

    @Override
    public void destroyStream(long stream) {
        destroy("cuStreamDestroy", streams, stream, JCudaDriver::cuStreamDestroy);
    }

    @Override
    public void synchronize(long stream) {
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(alive(streams, stream)));
    }

    @Override
    public long newEvent() {
        return made("cuEventCreate", events, CUevent::new, e -> JCudaDriver.cuEventCreate(e, EVENT_DISABLE_TIMING));
    }

    @Override
    public void recordEvent(long event, long stream) {
        check("cuEventRecord", JCudaDriver.cuEventRecord(alive(events, event), alive(streams, stream)));
    }

    @Override
    public void synchronizeEvent(long event) {
        check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(alive(events, event)));
    }

    @Override
    public void destroyEvent(long event) {
        destroy("cuEventDestroy", events, event, JCudaDriver::cuEventDestroy);
    }

    @Override
    public long loadModule(byte[] image) {
        // PTX is a text that ends with 0
        byte[] ended = Arrays.copyOf(image, image.length + 1);
        return made("cuModuleLoadData", modules, CUmodule::new, m -> JCudaDriver.cuModuleLoadData(m, ended));
    }

    @Override
    public void unloadModule(long module) {
        destroy("cuModuleUnload", modules, module, JCudaDriver::cuModuleUnload);
    }

    @Override
    public long function(long module, String name) {
        return made(
                "cuModuleGetFunction",
                functions,
                CUfunction::new,
                f -> JCudaDriver.cuModuleGetFunction(f, alive(modules, module), name));
    }

    @Override
    public void launch(long function, int blocks, int threads, long stream, MemorySegment arguments) {
        check(
                "cuLaunchKernel",
                JCudaDriver.cuLaunchKernel(
                        alive(functions, function),
                        blocks,
                        1,
                        1,
                        threads,
                        1,
                        1,
                        0,
                        alive(streams, stream),
                        arguments(arguments),
                        null));
    }

    /// JCuda takes the addresses of the values as objects.
    private static Pointer arguments(MemorySegment addresses) {
        int count = (int) (addresses.byteSize() / Long.BYTES);
        NativePointerObject[] each = new NativePointerObject[count];
        for (int i = 0; i < count; i++) {
            each[i] = JcudaAddresses.host(addresses.getAtIndex(ValueLayout.ADDRESS, i));
        }
        return Pointer.to(each);
    }

    @Override
    public void beginCapture(long stream) {
        check("cuStreamBeginCapture", JCudaDriver.cuStreamBeginCapture(alive(streams, stream), CAPTURE_THREAD_LOCAL));
    }

    @Override
    public long endCapture(long stream) {
        return made(
                "cuStreamEndCapture",
                graphs,
                CUgraph::new,
                g -> JCudaDriver.cuStreamEndCapture(alive(streams, stream), g));
    }

    @Override
    public long instantiate(long graph) {
        return made(
                "cuGraphInstantiate",
                instances,
                CUgraphExec::new,
                i -> JCudaDriver.cuGraphInstantiate(i, alive(graphs, graph), 0));
    }

    @Override
    public void launchGraph(long instance, long stream) {
        check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(alive(instances, instance), alive(streams, stream)));
    }

    @Override
    public void destroyGraph(long graph) {
        destroy("cuGraphDestroy", graphs, graph, JCudaDriver::cuGraphDestroy);
    }

    @Override
    public void destroyGraphInstance(long instance) {
        destroy("cuGraphExecDestroy", instances, instance, JCudaDriver::cuGraphExecDestroy);
    }
}
