package dev.quern.device;

import dev.quern.codegen.Launch;
import dev.quern.codegen.VendorCall;
import java.util.List;

/// What one run asks of a device, done in order. For one thread at a time.
///
/// @param <M> the driver's handle of an array
public interface Queue<M> extends AutoCloseable {

    /// Copies the first `bytes` bytes of a primitive array; that may be written again when this returns.
    void write(Object array, long bytes, M to);

    /// Copies bytes from `offset` on into a primitive array, after all that was asked before, and waits for that.
    void read(M from, long offset, Object array, long bytes);

    /// A launch that is built, with its arguments set.
    ///
    /// @param status where it leaves a failure
    /// @param step the number that it says where it fails
    Call prepare(Launch launch, M status, int step, List<M> arrays);

    /// A call of a library that the device offered.
    default Call prepare(VendorCall call, List<M> arrays) {
        throw new IllegalArgumentException("this device has no library for " + call);
    }

    /// Calls that always run one after another; a driver may record them.
    Batch batch(List<Part> parts);

    /// Waits for all that was asked.
    void finish();

    /// Releases the queue. The device may be lost.
    @Override
    void close();

    /// A launch with its arguments set.
    interface Call extends AutoCloseable {
        /// Releases what it holds on the device.
        @Override
        void close();
    }

    /// A range of a call's items.
    record Part(Call call, int from, int count) {}

    /// Parts ready to run.
    interface Batch extends AutoCloseable {
        /// Asks for all parts, in order.
        void enqueue();

        /// Releases what it holds on the device.
        @Override
        default void close() {}
    }
}
