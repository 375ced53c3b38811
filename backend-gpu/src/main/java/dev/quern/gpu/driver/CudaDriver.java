package dev.quern.gpu.driver;

import java.lang.foreign.MemorySegment;

/// The driver of CUDA devices: what the backend asks of it. Handles and device addresses are `long`.
///
/// What works on a device's memory needs its context to be current in the calling thread ([#makeCurrent]). Calls that
/// take a stream only ask; the rest is done when they return.
///
/// All may throw a [CudaException].
public interface CudaDriver {

    /// What the driver calls itself, for people and for what built programs depend on: `CUDA 13.0`.
    String name();

    /// The newest CUDA that the driver runs: 1000 · major + 10 · minor.
    int version();

    // ---- devices

    int deviceCount();

    String deviceName(int device);

    /// The memory of the device, in bytes.
    long deviceBytes(int device);

    int attribute(DeviceAttribute which, int device);

    /// What is asked of a device.
    enum DeviceAttribute {
        CLOCK_KHZ(13),
        MULTIPROCESSORS(16),
        CAPABILITY_MAJOR(75),
        CAPABILITY_MINOR(76);

        private final int code;

        DeviceAttribute(int code) {
            this.code = code;
        }

        /// The `CUdevice_attribute`.
        public int code() {
            return code;
        }
    }

    // ---- contexts

    /// The device's primary context, which the process shares with other users of CUDA.
    long retainContext(int device);

    void releaseContext(int device);

    void makeCurrent(long context);

    // ---- memory

    /// Bytes that are free in the current context's device.
    long freeBytes();

    /// Memory on the device, aligned to 256 bytes.
    long allocate(long bytes);

    void free(long address);

    /// Memory of the host that the device copies from and to by itself.
    MemorySegment allocatePinned(long bytes);

    void freePinned(MemorySegment memory);

    void copyToDevice(long to, MemorySegment from, long bytes, long stream);

    void copyToHost(MemorySegment to, long from, long bytes, long stream);

    void copy(long to, long from, long bytes, long stream);

    /// From one device to another, or to itself.
    void copyPeer(long to, long toContext, long from, long fromContext, long bytes, long stream);

    void fill(long to, byte value, long bytes, long stream);

    // ---- streams and events

    /// A stream that waits for none other.
    long newStream();

    void destroyStream(long stream);

    void synchronize(long stream);

    /// @param isTimed whether [#elapsed] will be asked
    long newEvent(boolean isTimed);

    void recordEvent(long event, long stream);

    void waitForEvent(long stream, long event);

    void synchronizeEvent(long event);

    /// Milliseconds between two events, both of which have passed.
    float elapsed(long from, long to);

    void destroyEvent(long event);

    // ---- programs

    /// @param image a cubin, or PTX
    long loadModule(byte[] image);

    void unloadModule(long module);

    long function(long module, String name);

    int functionAttribute(FunctionAttribute which, long function);

    void setFunctionAttribute(FunctionAttribute which, long function, int value);

    /// What is asked of a function, or said to it.
    enum FunctionAttribute {
        MOST_THREADS(0),
        SHARED_BYTES(1),
        LOCAL_BYTES(3),
        REGISTERS(4),
        MOST_DYNAMIC_SHARED_BYTES(8);

        private final int code;

        FunctionAttribute(int code) {
            this.code = code;
        }

        /// The `CUfunction_attribute`.
        public int code() {
            return code;
        }
    }

    /// @param arguments an array of pointers to the values of the parameters, which are read before this returns
    void launch(long function, int blocks, int threads, int sharedBytes, long stream, MemorySegment arguments);

    // ---- graphs

    /// What is asked of the stream until [#endCapture] is recorded and not done. By one thread.
    void beginCapture(long stream);

    /// The recorded graph.
    long endCapture(long stream);

    /// The graph in a form that can be launched.
    long instantiate(long graph);

    void launchGraph(long instance, long stream);

    void destroyGraph(long graph);

    void destroyGraphInstance(long instance);

    // ---- several devices

    boolean canAccessPeer(int device, int peer);

    /// Lets the current context's device read and write the memory of `peerContext`'s.
    void enablePeer(long peerContext);
}
