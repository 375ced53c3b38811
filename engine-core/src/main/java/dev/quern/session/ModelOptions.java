package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.Backends;
import dev.quern.backend.ProductPrecision;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// How a model is loaded and what its runs may use.
///
/// @param backend where it runs; by default the most preferred one found
/// @param threads threads one run may use, the caller's included; by default all processors
/// @param maxBytes what one run may allocate, outputs included; by default 80 % of the largest heap
/// @param timeLimit how long one run may take before it is cancelled; none by default
/// @param programs how many bindings are kept compiled for each region
/// @param precision of products and convolutions in `f32`, on a backend that has a choice; exact by default
public record ModelOptions(
        Optional<Backend> backend,
        int threads,
        long maxBytes,
        Optional<Duration> timeLimit,
        int programs,
        ProductPrecision precision) {

    public ModelOptions {
        if (threads < 1 || maxBytes < 1 || programs < 1) {
            throw new IllegalArgumentException("threads, maxBytes and programs must be at least 1");
        }
        if (timeLimit.isPresent() && !timeLimit.get().isPositive()) {
            throw new IllegalArgumentException("a time limit must be positive, not " + timeLimit.get());
        }
    }

    public static ModelOptions defaults() {
        Runtime machine = Runtime.getRuntime();
        return new ModelOptions(
                Optional.empty(),
                machine.availableProcessors(),
                machine.maxMemory() / 10 * 8,
                Optional.empty(),
                64,
                ProductPrecision.F32);
    }

    public ModelOptions backend(Backend chosen) {
        return new ModelOptions(Optional.of(chosen), threads, maxBytes, timeLimit, programs, precision);
    }

    public ModelOptions threads(int count) {
        return new ModelOptions(backend, count, maxBytes, timeLimit, programs, precision);
    }

    public ModelOptions maxBytes(long bytes) {
        return new ModelOptions(backend, threads, bytes, timeLimit, programs, precision);
    }

    public ModelOptions timeLimit(Duration limit) {
        return new ModelOptions(backend, threads, maxBytes, Optional.of(limit), programs, precision);
    }

    public ModelOptions programs(int count) {
        return new ModelOptions(backend, threads, maxBytes, timeLimit, count, precision);
    }

    public ModelOptions precision(ProductPrecision chosen) {
        return new ModelOptions(backend, threads, maxBytes, timeLimit, programs, chosen);
    }

    Backend chosenBackend() {
        return backend.orElseGet(Backends::best);
    }

    /// The backend, looked for beside other work where there is a processor for it: in a fresh process that takes
    /// about as long as reading a model. What is left of that time goes into a [Rehearsal].
    Supplier<Backend> soughtBackend() {
        if (backend.isPresent() || Runtime.getRuntime().availableProcessors() == 1) {
            return this::chosenBackend;
        }
        FutureTask<Backend> search = new FutureTask<>(this::chosenBackend);
        Thread.ofPlatform().daemon().name("quern-backend").start(() -> {
            search.run();
            if (search.state() == Future.State.SUCCESS) {
                Rehearsal.once(search.resultNow());
            }
        });
        return () -> {
            try {
                return search.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BackendException("interrupted while a backend was looked for");
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException same) {
                    throw same;
                }
                throw new LinkageError("no backend could be looked for", e.getCause());
            }
        };
    }
}
