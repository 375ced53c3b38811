package dev.quern.cpu;

import java.util.List;
import java.util.stream.Stream;

/// The interpreter, and the other tiers that this JVM has, whose kernels are generated at once.
record EveryTier(CpuBackend plain, List<CpuBackend> others) implements AutoCloseable {
    static EveryTier open() {
        return new EveryTier(
                new CpuBackend(Tier.PLAIN, 2),
                Stream.of(Tier.VECTOR, Tier.MACHINE)
                        .filter(t -> t.obstacle().isEmpty())
                        .map(t -> new CpuBackend(t, 2, true))
                        .toList());
    }

    @Override
    public void close() {
        plain.close();
        others.forEach(CpuBackend::close);
    }
}
