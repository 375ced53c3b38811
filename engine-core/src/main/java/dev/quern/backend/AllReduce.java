package dev.quern.backend;

import java.util.List;
import java.util.stream.Collectors;

/// Sums tensors over several devices: afterwards each device holds the sum of what all held. The order of the addends
/// is the same in every call, so the same addends give the same bits, and all devices hold the same ones.
public interface AllReduce extends AutoCloseable {

    /// What does it, for people: `NCCL 2.27.5`.
    String name();

    /// Sums the tensors at each position over all devices, in place. No run may be under way on them.
    ///
    /// @param ranks for each device its tensors, `f32` or `f64`, in the same order and of the same types
    /// @throws BackendException where a device or a library fails or does not answer in time; the contents of the
    ///     tensors are then undefined, and this can only be closed
    void sum(List<List<DeviceTensor>> ranks);

    @Override
    void close();

    /// Whether a backend has a way of its own.
    sealed interface Offer {}

    /// It has.
    record Ready(AllReduce by) implements Offer {}

    /// It has not.
    ///
    /// @param reason why, and what to do about it; empty where there is nothing to be said
    record None(String reason) implements Offer {}

    /// The best way for these devices: their own, else through the process's memory, and then the log says why.
    ///
    /// @param devices in the order of their ranks; one may stand there several times
    static AllReduce among(List<Backend> devices) {
        return switch (devices.getFirst().allReduce(devices)) {
            case Ready(AllReduce by) -> by;
            case None(String reason) -> {
                if (!reason.isEmpty()) {
                    System.getLogger(AllReduce.class.getName())
                            .log(
                                    System.Logger.Level.WARNING,
                                    "gradients of {0} are summed by the processor: {1}",
                                    devices.stream().map(Backend::name).collect(Collectors.joining(", ")),
                                    reason);
                }
                yield new HostSum();
            }
        };
    }
}
