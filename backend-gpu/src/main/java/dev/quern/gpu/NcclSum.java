package dev.quern.gpu;

import dev.quern.backend.AllReduce;
import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.DeviceTensor;
import dev.quern.device.ResidentTensor;
import dev.quern.gpu.driver.CudaException;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.LibraryException;
import dev.quern.gpu.driver.Nccl;
import dev.quern.gpu.driver.VendorException;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type.TensorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;

/// Sums over CUDA devices of one process by NCCL: from device to device, all tensors in one group.
///
/// A thread of its own asks for the sums and waits for them, so that a device or a link that hangs does not take the
/// caller with it: after [#TIMEOUT] the communicators are aborted.
final class NcclSum implements AllReduce {
    /// Seconds that a sum may take; the first one builds the links. Unless `-Dquern.cuda.collectiveSeconds` says
    /// otherwise.
    static final int TIMEOUT = 60;

    private static final int IN_PROGRESS = 7;
    private static final Duration FOR_ABORTING = Duration.ofSeconds(5);

    private final Nccl nccl;
    private final List<CudaAccelerator> devices;
    private final long[] communicators;
    private final long[] streams;
    private final Duration timeout;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("quern-nccl").factory());
    private boolean isBroken;

    private NcclSum(Nccl nccl, List<CudaAccelerator> devices, Duration timeout) {
        this.nccl = nccl;
        this.devices = devices;
        this.timeout = timeout;
        this.communicators =
                nccl.initAll(devices.stream().mapToInt(CudaAccelerator::device).toArray());
        this.streams = devices.stream().mapToLong(d -> d.current().newStream()).toArray();
    }

    /// Sums by NCCL where it is found and takes these devices.
    static Offer offer(List<Backend> backends, Libraries libraries) {
        List<CudaAccelerator> devices = new ArrayList<>();
        for (Backend b : backends) {
            if (!(b instanceof CudaBackend cuda)) {
                return new None("NCCL sums over CUDA devices only, not over " + b.name());
            }
            devices.add(cuda.accelerator());
        }
        if (devices.stream().mapToInt(CudaAccelerator::device).distinct().count() < devices.size()) {
            return new None("NCCL takes each device once, and one stands several times in the list");
        }
        try {
            Duration timeout = Duration.ofSeconds(Integer.getInteger("quern.cuda.collectiveSeconds", TIMEOUT));
            return new Ready(new NcclSum(libraries.collectives(), devices, timeout));
        } catch (LibraryException missing) {
            return new None(missing(missing));
        } catch (VendorException | CudaException refused) {
            return new None(
                    "NCCL does not take these devices: " + refused.getMessage() + " (NCCL_DEBUG=INFO says more)");
        }
    }

    /// Why there is no NCCL, and what to do about it.
    static String missing(LibraryException missing) {
        return "no NCCL: " + missing.getMessage()
                + " (install it, for example the Python package nvidia-nccl-cu12, and name its folder in"
                + " -Dquern.cuda.libraries)";
    }

    @Override
    public String name() {
        return nccl.name();
    }

    @Override
    public void sum(List<List<DeviceTensor>> ranks) {
        if (isBroken) {
            throw new BackendException("cuda: an earlier sum over the devices failed: begin anew");
        }
        Future<?> done = thread.submit(() -> {
            enqueue(ranks);
            for (int rank = 0; rank < streams.length; rank++) {
                devices.get(rank).current().synchronize(streams[rank]);
            }
        });
        try {
            await(done);
        } catch (TimeoutException late) {
            BackendException silent = new BackendException("cuda: no answer to a sum over " + devices.size()
                    + " devices within " + timeout.toSeconds() + " s" + troubles()
                    + "; look at them with nvidia-smi, then go on from the last checkpoint");
            silent.addSuppressed(late);
            abort();
            throw silent;
        } catch (ExecutionException failed) {
            abort();
            Throwable cause = failed.getCause();
            throw explained(cause == null ? failed : cause);
        }
    }

    private void enqueue(List<List<DeviceTensor>> ranks) {
        nccl.groupStart();
        try {
            for (int i = 0; i < ranks.getFirst().size(); i++) {
                for (int rank = 0; rank < streams.length; rank++) {
                    CudaAccelerator device = devices.get(rank);
                    device.current();
                    DeviceTensor tensor = ranks.get(rank).get(i);
                    nccl.sum(
                            address(tensor, device),
                            tensor.type().shape().elements(),
                            element(tensor.type()),
                            communicators[rank],
                            streams[rank]);
                }
            }
        } catch (RuntimeException first) {
            endAfter(first);
            throw first;
        }
        nccl.groupEnd();
    }

    /// A group is ended even where one of its calls failed.
    private void endAfter(RuntimeException first) {
        try {
            nccl.groupEnd();
        } catch (VendorException second) {
            first.addSuppressed(second);
        }
    }

    @SuppressWarnings("unchecked") // tensors of a CUDA device are addresses
    private static long address(DeviceTensor tensor, CudaAccelerator device) {
        if (!(tensor instanceof ResidentTensor<?> resident)) {
            throw new ShapeException("a tensor of " + device.name() + " is needed, not one of another backend");
        }
        return ((ResidentTensor<Long>) resident).handle(device);
    }

    private static Nccl.Element element(TensorType type) {
        if (type.dtype() == DType.F32) {
            return Nccl.Element.F32;
        }
        if (type.dtype() == DType.F64) {
            return Nccl.Element.F64;
        }
        throw new ShapeException("sums over devices are of f32 and f64, not of " + type.dtype());
    }

    /// An interrupt is kept: a sum that some devices have begun must be ended by all.
    private void await(Future<?> done) throws TimeoutException, ExecutionException {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    done.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                    return;
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private String troubles() {
        StringBuilder said = new StringBuilder();
        for (int rank = 0; rank < communicators.length; rank++) {
            try {
                int code = nccl.asyncError(communicators[rank]);
                if (code != 0 && code != IN_PROGRESS) {
                    said.append(", ")
                            .append(devices.get(rank).name())
                            .append(": ")
                            .append(nccl.words(code));
                }
            } catch (VendorException unknown) {
                said.append(", ").append(unknown.getMessage());
            }
        }
        return said.toString();
    }

    private RuntimeException explained(Throwable cause) {
        return switch (cause) {
            case CudaException failed -> devices.getFirst().explained(failed);
            case VendorException failed ->
                new BackendException("cuda: the gradients of " + devices.size() + " devices were not summed: "
                        + failed.getMessage() + "; NCCL_DEBUG=INFO says more, and the training goes on from the last"
                        + " checkpoint");
            case RuntimeException other -> other;
            default -> new IllegalStateException("a sum throws nothing checked", cause);
        };
    }

    /// Ends what is under way; a library that hangs in that too is left alone.
    private void abort() {
        isBroken = true;
        Thread aborting = Thread.ofPlatform().daemon().name("quern-nccl-abort").start(() -> forEach(nccl::abort));
        try {
            aborting.join(FOR_ABORTING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void forEach(LongConsumer communicator) {
        Arrays.stream(communicators).forEach(c -> {
            try {
                communicator.accept(c);
            } catch (VendorException lost) {
                System.getLogger(NcclSum.class.getName())
                        .log(System.Logger.Level.DEBUG, "let go with: {0}", lost.getMessage());
            }
        });
    }

    @Override
    public void close() {
        if (!isBroken) {
            forEach(nccl::destroy);
        }
        for (int rank = 0; rank < streams.length; rank++) {
            long stream = streams[rank];
            devices.get(rank).release(d -> d.destroyStream(stream));
        }
        thread.shutdown();
    }
}
