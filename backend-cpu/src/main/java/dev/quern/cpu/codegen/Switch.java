package dev.quern.cpu.codegen;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The generated form of one step of a program: asked for when the interpreter has done enough work there that it is
/// worth it, used from when it is the faster one.
///
/// @param <K> what it implements
final class Switch<K> {
    /// The interpreter's work after which a kernel is generated.
    private static final long WORTH_NANOS = 3_000_000;

    /// The same for one that needs no warming.
    private static final long QUICKLY_WORTH_NANOS = 200_000;

    /// What the generated form is guessed to be faster by, and slower while it is cold.
    private static final int GAIN = 8;

    private static final int COLD = 100;

    private static final Logger LOG = System.getLogger(Switch.class.getName());

    private final Generator generator;
    private final Supplier<Twin<K>> source;
    private final long worth;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile @Nullable Twin<K> twin;
    private volatile @Nullable K ready;

    /// @param quick whether the generated form is fast from its first call on
    Switch(Generator generator, Supplier<Twin<K>> source, boolean quick) {
        this.generator = generator;
        this.source = source;
        this.worth = quick ? QUICKLY_WORTH_NANOS : WORTH_NANOS;
    }

    /// The generated kernel where it is to be used now, else `null`.
    @Nullable
    K get() {
        K known = ready;
        if (known != null) {
            return known;
        }
        Twin<K> found = twin;
        if (found == null) {
            if (!generator.atOnce()) {
                return null;
            }
            found = find();
        }
        K now = generator.atOnce() ? found.now() : found.ready();
        ready = now;
        return now;
    }

    /// Whether all of these have kernels that are to be used now.
    static boolean areReady(List<? extends Switch<?>> switches) {
        for (int i = 0; i < switches.size(); i++) { // a stream would be garbage of every run
            if (switches.get(i).get() == null) {
                return false;
            }
        }
        return true;
    }

    /// The kernel, after [#get] has given one.
    K required() {
        return Objects.requireNonNull(get());
    }

    /// A guess at the time of what takes the interpreter `plain`.
    long nanos(long plain) {
        return get() == null ? plain : generator.atOnce() ? plain * COLD : Math.max(1, plain / GAIN);
    }

    /// Told that the interpreter has worked about this long.
    void worked(long some) {
        if (!asked.get() && nanos.addAndGet(some) > worth) {
            ask();
        }
    }

    /// Has the kernel generated, and warmed in the background.
    void ask() {
        if (asked.compareAndSet(false, true)) {
            generator.later(() -> generator.warm(find()));
        }
    }

    private Twin<K> find() {
        Twin<K> found = twin;
        if (found == null) {
            found = reasoned();
            twin = found;
            if (found.now() == null) {
                LOG.log(Level.DEBUG, "a kernel stays with the interpreter: {0}", found.reason());
            }
        }
        return found;
    }

    private Twin<K> reasoned() {
        try {
            return source.get();
        } catch (NotGenerated e) {
            return Twin.none(String.valueOf(e.getMessage()));
        }
    }
}
