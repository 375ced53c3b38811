package dev.quern.reference;

import dev.quern.backend.RunControl;

/// Asks from time to time whether a run should stop. Loops say how many elements they have worked on; after every few
/// thousand, well under a millisecond of work, the control is asked.
final class Pulse {
    private static final int INTERVAL = 1 << 13;

    private final RunControl control;
    private long left = INTERVAL;

    Pulse(RunControl control) {
        this.control = control;
    }

    /// @throws dev.quern.backend.CancelledException where the run should stop
    void spend(int elements) {
        left -= elements;
        if (left <= 0) {
            left = INTERVAL;
            control.check();
        }
    }
}
