package dev.quern.cli;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;

/// The most memory that this process has had in use for data since it started.
///
/// It is the sum of the largest use of each pool of the heap, garbage that was not collected yet included, and of what
/// lies outside the heap now: direct buffers and mapped files (the weights of a model, of which the system holds only
/// the pages that were read). Code and the JVM's own structures are not in it. The pools need not have been largest at
/// the same time, so it is an upper bound; a smaller heap (`-Xmx`) gives a smaller number, since less garbage fits.
final class PeakMemory {
    private PeakMemory() {}

    static long bytes() {
        long heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(p -> p.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getPeakUsage)
                .mapToLong(java.lang.management.MemoryUsage::getUsed)
                .sum();
        long outside = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return heap + outside;
    }
}
