package dev.quern.gpu;

import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A driver in plain Java that keeps memory, copies, and records what it is asked; kernels do nothing. It fails where
/// it is told to, and after a fatal failure always, as a real one does.
@SuppressWarnings("restricted") // device addresses are those of native memory
final class RecordingDriver implements CudaDriver {
    private static final long CONTEXT = 1;

    /// What was asked, by the name of the method.
    final List<String> calls = new ArrayList<>();
    /// Devices that there are.
    int devices = 1;
    int capability = 90;
    long room = Long.MAX_VALUE;
    private final Map<Long, MemorySegment> memory = new HashMap<>();
    private final Map<Long, Long> sizes = new HashMap<>();
    private final Map<Long, MemorySegment> pinned = new HashMap<>();
    private final Set<Long> handles = new HashSet<>();
    private final Map<String, Integer> failures = new HashMap<>();
    private long used;
    private long last = 100;
    private int contexts;
    private int lost;

    /// The method fails from its next call on, until it is told to work.
    void fail(String method, int code) {
        failures.put(method, code);
    }

    void work() {
        failures.clear();
    }

    /// Streams, events, modules and graphs that were not given back.
    int aliveHandles() {
        return handles.size();
    }

    int alivePinned() {
        return pinned.size();
    }

    int aliveArrays() {
        return memory.size();
    }

    int aliveContexts() {
        return contexts;
    }

    long count(String method) {
        return calls.stream().filter(method::equals).count();
    }

    private synchronized void enter(String method) {
        calls.add(method);
        Integer code = lost != 0 ? Integer.valueOf(lost) : failures.get(method);
        if (code != null) {
            if (new CudaException(code, method, "").kind().isFatal()) {
                lost = code;
            }
            throw new CudaException(code, method, "as it was told to");
        }
    }

    private synchronized long fresh(String method) {
        enter(method);
        handles.add(++last);
        return last;
    }

    private synchronized void drop(String method, long handle) {
        enter(method);
        if (!handles.remove(handle)) {
            throw new CudaException(400, method, "no such handle");
        }
    }

    @Override
    public String name() {
        return "CUDA 13.0";
    }

    @Override
    public int deviceCount() {
        enter("deviceCount");
        return devices;
    }

    @Override
    public String deviceName(int device) {
        return "Recorder " + device;
    }

    @Override
    public long deviceBytes(int device) {
        return 1L << 30;
    }

    @Override
    public int attribute(DeviceAttribute which, int device) {
        return switch (which) {
            case CLOCK_KHZ -> 1_000_000;
            case MULTIPROCESSORS -> 100;
            case CAPABILITY_MAJOR -> capability / 10;
            case CAPABILITY_MINOR -> capability % 10;
        };
    }

    @Override
    public long retainContext(int device) {
        enter("retainContext");
        contexts++;
        return CONTEXT + device;
    }

    @Override
    public void releaseContext(int device) {
        enter("releaseContext");
        contexts--;
    }

    @Override
    public void makeCurrent(long context) {
        // asked so often that it would hide the rest
    }

    @Override
    public long freeBytes() {
        return room - used;
    }

    @Override
    public synchronized long allocate(long bytes) {
        enter("allocate");
        if (used + bytes > room) {
            throw new CudaException(2, "allocate", "out of memory");
        }
        MemorySegment segment = Arena.ofAuto().allocate(bytes, 256);
        long address = segment.address();
        memory.put(address, segment);
        sizes.put(address, bytes);
        used += bytes;
        return address;
    }

    @Override
    public synchronized void free(long address) {
        enter("free");
        memory.remove(address);
        used -= sizes.remove(address);
    }

    @Override
    public synchronized MemorySegment allocatePinned(long bytes) {
        enter("allocatePinned");
        MemorySegment segment = Arena.ofAuto().allocate(bytes, 256);
        pinned.put(segment.address(), segment);
        return segment;
    }

    @Override
    public synchronized void freePinned(MemorySegment segment) {
        enter("freePinned");
        pinned.remove(segment.address());
    }

    private static MemorySegment at(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    public void copyToDevice(long to, MemorySegment from, long bytes, long stream) {
        enter("copyToDevice");
        at(to, bytes).copyFrom(from.asSlice(0, bytes));
    }

    @Override
    public void copyToHost(MemorySegment to, long from, long bytes, long stream) {
        enter("copyToHost");
        to.copyFrom(at(from, bytes));
    }

    @Override
    public long newStream() {
        return fresh("newStream");
    }

    @Override
    public void destroyStream(long stream) {
        drop("destroyStream", stream);
    }

    @Override
    public void synchronize(long stream) {
        enter("synchronize");
    }

    @Override
    public long newEvent() {
        return fresh("newEvent");
    }

    @Override
    public void recordEvent(long event, long stream) {
        enter("recordEvent");
    }

    @Override
    public void synchronizeEvent(long event) {
        enter("synchronizeEvent");
    }

    @Override
    public void destroyEvent(long event) {
        drop("destroyEvent", event);
    }

    @Override
    public long loadModule(byte[] image) {
        return fresh("loadModule");
    }

    @Override
    public void unloadModule(long module) {
        drop("unloadModule", module);
    }

    @Override
    public long function(long module, String name) {
        enter("function");
        return ++last;
    }

    @Override
    public void launch(long function, int blocks, int threads, long stream, MemorySegment arguments) {
        enter("launch");
    }

    @Override
    public void beginCapture(long stream) {
        enter("beginCapture");
    }

    @Override
    public long endCapture(long stream) {
        return fresh("endCapture");
    }

    @Override
    public long instantiate(long graph) {
        return fresh("instantiate");
    }

    @Override
    public void launchGraph(long instance, long stream) {
        enter("launchGraph");
    }

    @Override
    public void destroyGraph(long graph) {
        drop("destroyGraph", graph);
    }

    @Override
    public void destroyGraphInstance(long instance) {
        drop("destroyGraphInstance", instance);
    }

    /// A compiler for it, which counts.
    static final class Compiler implements CudaCompiler {
        int compiled;
        boolean fails;

        @Override
        public String name() {
            return "recorder";
        }

        @Override
        public byte[] compile(String source, int capability) {
            compiled++;
            if (fails) {
                throw new CompilationException("line 1: no_such_name");
            }
            return new byte[] {1, 2, 3};
        }
    }
}
