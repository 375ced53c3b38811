package dev.quern.backend;

import java.util.List;

/// Whether a backend can work on this machine.
public sealed interface Availability {

    /// It can.
    ///
    /// @param devices a line for each device: name, threads or memory, what it can do
    record Available(Backend backend, List<String> devices) implements Availability {}

    /// It cannot, and why, and what to do about it.
    record Unavailable(String reason, String remedy) implements Availability {}
}
