package dev.quern.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// Waits until no thread of this process works: ONNX Runtime's helpers go on spinning after a run and would take a
/// core from the engine whose turn it is.
final class Rest {
    /// The process's time comes in units of 10 ms, so in fewer milliseconds than two of them a busy thread may not
    /// show.
    private static final long STEP_MILLIS = 30;

    private static final int MAX_STEPS = 10;
    private static final double BUSY_SHARE = 0.1;
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private Rest() {}

    /// Returns as soon as the process has used less than a tenth of one processor for 30 ms, and after 300 ms at the
    /// latest.
    static void await() throws InterruptedException {
        for (int i = 0; i < MAX_STEPS; i++) {
            long start = System.nanoTime();
            long used = SYSTEM.getProcessCpuTime();
            Thread.sleep(STEP_MILLIS);
            if (SYSTEM.getProcessCpuTime() - used < BUSY_SHARE * (System.nanoTime() - start)) {
                return;
            }
        }
    }
}
