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

    // ---- streams and events

    /// A stream that waits for none other.
    long newStream();

    void destroyStream(long stream);

    void synchronize(long stream);

    /// An event that keeps no time.
    long newEvent();

    void recordEvent(long event, long stream);

    void synchronizeEvent(long event);

    void destroyEvent(long event);

    // ---- programs

    /// @param image a cubin, or PTX
    long loadModule(byte[] image);

    void unloadModule(long module);

    long function(long module, String name);

    /// @param arguments an array of pointers to the values of the parameters, which are read before this returns
    void launch(long function, int blocks, int threads, long stream, MemorySegment arguments);

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
}
