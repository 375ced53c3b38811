package dev.quern.cpu.codegen;

import dev.quern.cpu.run.Warmer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One generated kernel, or the reason why there is none, and whether it is faster than the interpreter yet.
///
/// @param <K> what it implements
final class Twin<K> {
    private static final Logger LOG = System.getLogger(Twin.class.getName());
    private static final long PATIENCE_NANOS = 4_000_000_000L;
    private static final int CALLS = 64;

    private final @Nullable K kernel;
    private final @Nullable Trial trial;
    private final String reason;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile boolean warm;

    /// The same work for both forms, to see which is faster.
    interface Trial {
        void generated();

        void plain();
    }

    private Twin(@Nullable K kernel, @Nullable Trial trial, String reason) {
        this.kernel = kernel;
        this.trial = trial;
        this.reason = reason;
    }

    static <K> Twin<K> of(K kernel, Trial trial) {
        return new Twin<>(kernel, trial, "it is not faster on this Java virtual machine, or not yet");
    }

    /// A kernel that is fast from its first call on.
    static <K> Twin<K> fast(K kernel) {
        Twin<K> twin = new Twin<>(kernel, null, "");
        twin.warm = true;
        return twin;
    }

    static <K> Twin<K> none(String reason) {
        return new Twin<>(null, null, reason);
    }

    /// Why the interpreter runs where [#ready] is `null`.
    String reason() {
        return reason;
    }

    /// The kernel, once it has turned out to be the faster one.
    @Nullable
    K ready() {
        return warm ? kernel : null;
    }

    /// The kernel, fast or not.
    @Nullable
    K now() {
        return kernel;
    }

    /// Has the kernel run in the background until it is the faster one, once.
    void warm(Warmer warmer) {
        if (trial != null && asked.compareAndSet(false, true)) {
            Trial both = trial;
            warmer.submit(() -> race(both));
        }
    }

    private void race(Trial trial) {
        long start = System.nanoTime();
        long plain = Long.MAX_VALUE;
        while (!warm
                && System.nanoTime() - start < PATIENCE_NANOS
                && !Thread.currentThread().isInterrupted()) {
            long from = System.nanoTime();
            for (int i = 0; i < CALLS; i++) {
                trial.generated();
            }
            long middle = System.nanoTime();
            for (int i = 0; i < CALLS; i++) {
                trial.plain();
            }
            plain = Math.min(plain, System.nanoTime() - middle);
            warm = middle - from < plain;
        }
        if (!warm) {
            LOG.log(Level.DEBUG, "a generated kernel stays slower than the interpreter on this Java virtual machine");
        }
    }
}
