package dev.quern.gpu;

import dev.quern.gpu.driver.LibraryException;
import dev.quern.gpu.driver.VendorException;
import dev.quern.gpu.driver.VendorLibrary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One of NVIDIA's libraries as a device uses it. It is looked for when the first large work comes; by which of its
/// algorithms, that is asked once for each shape. What it lacks or refuses generated kernels do, and a remark says so.
///
/// @param <W> what describes a piece of work
/// @param <A> where its operands lie
final class VendorAccess<W, A> implements AutoCloseable {
    /// Bytes that an algorithm may ask for: what NVIDIA advises for Hopper.
    private static final long MOST_WORKSPACE = 32L << 20;
    /// Multiplications from which on the library is asked: 64³. Not measured yet.
    private static final long LARGE = 1L << 18;

    private final CudaAccelerator device;
    private final Words words;
    private final Supplier<? extends VendorLibrary<W, A>> source;
    private final long least;
    private final Map<W, Decision> decided = new HashMap<>();
    private final Set<String> remarks = new LinkedHashSet<>();
    private @Nullable VendorLibrary<W, A> library;
    private boolean isSought;
    private long handle;

    /// How a library is spoken of.
    ///
    /// @param work what it does, in the plural
    /// @param library its name
    /// @param example a Python package that has it
    record Words(String work, String library, String example) {
        /// The property that leaves all to generated kernels where it is `own`.
        String property() {
            return "quern.cuda." + work;
        }

        /// Multiplications from which on the library is asked unless one says otherwise.
        long least() {
            return "own".equals(System.getProperty(property())) ? Long.MAX_VALUE : LARGE;
        }
    }

    /// @param reason why there is no algorithm
    private record Decision(Optional<VendorLibrary.Algorithm> algorithm, String reason) {}

    /// One of several forms, and how it is done.
    record Choice<F>(F form, VendorLibrary.Algorithm algorithm) {}

    /// @param source finds the library
    /// @param least multiplications from which on it is asked
    VendorAccess(CudaAccelerator device, Words words, Supplier<? extends VendorLibrary<W, A>> source, long least) {
        this.device = device;
        this.words = words;
        this.source = source;
        this.least = least;
    }

    /// Whether work of so many multiplications is the library's.
    boolean isLarge(long multiplications) {
        return multiplications > 0 && multiplications >= least;
    }

    /// The first of these forms of one work that the library has an algorithm for.
    synchronized <F> Optional<Choice<F>> choose(List<F> forms, Function<F, W> work) {
        VendorLibrary<W, A> found = forms.isEmpty() ? null : library();
        if (found == null) {
            return Optional.empty();
        }
        String reason = "";
        for (F form : forms) {
            Decision decision = decided.computeIfAbsent(work.apply(form), w -> decide(found, w));
            if (decision.algorithm().isPresent()) {
                return Optional.of(new Choice<>(form, decision.algorithm().get()));
            }
            reason = decision.reason();
        }
        remark(reason);
        return Optional.empty();
    }

    private Decision decide(VendorLibrary<W, A> found, W work) {
        String reason;
        try {
            device.current();
            Optional<VendorLibrary.Algorithm> algorithm = found.choose(handle, work, MOST_WORKSPACE);
            if (algorithm.isPresent()) {
                return new Decision(algorithm, "");
            }
            reason = found.name() + " has no algorithm for it";
        } catch (VendorException failed) {
            reason = failed.getMessage();
        }
        return new Decision(Optional.empty(), work + " by a generated kernel: " + reason);
    }

    /// The library with a handle for this device, or nothing where there is none.
    private @Nullable VendorLibrary<W, A> library() {
        if (!isSought) {
            isSought = true;
            try {
                VendorLibrary<W, A> found = source.get();
                device.current();
                handle = found.open();
                library = found;
            } catch (LibraryException missing) {
                remark(words.work + " by generated kernels, no " + words.library + ": " + missing.getMessage()
                        + "; install it, for example the Python package " + words.example + ", and name its folder in"
                        + " -Dquern.cuda.libraries or CUDA_HOME");
            } catch (VendorException failed) {
                remark(words.work + " by generated kernels: " + failed.getMessage() + "; " + words.library
                        + " must not be newer than the driver");
            }
        }
        return library;
    }

    private void remark(String line) {
        if (remarks.add(line)) {
            System.getLogger(VendorAccess.class.getName()).log(System.Logger.Level.INFO, "cuda: {0}", line);
        }
    }

    /// What does large work and why, a line each. Looks for the library.
    synchronized List<String> remarks() {
        List<String> lines = new ArrayList<>();
        VendorLibrary<W, A> found = least == Long.MAX_VALUE ? null : library();
        if (found != null) {
            lines.add(words.work + " of " + least + " multiplications and more by " + found.name());
        } else if (least == Long.MAX_VALUE) {
            lines.add(words.work + " by generated kernels: -D" + words.property() + "=own");
        }
        lines.addAll(remarks);
        return lines;
    }

    /// Work that is ready to run.
    synchronized ReadyCall prepare(W work, VendorLibrary.Algorithm algorithm, A addresses) {
        VendorLibrary<W, A> found = library();
        if (found == null) {
            throw new IllegalStateException("a call without a library: " + work);
        }
        device.current();
        return new ReadyCall(found.prepare(handle, work, algorithm, addresses));
    }

    @Override
    public synchronized void close() {
        VendorLibrary<W, A> found = library;
        library = null;
        isSought = true;
        if (found != null) {
            device.release(d -> {
                try {
                    found.close(handle);
                } catch (VendorException lost) {
                    System.getLogger(VendorAccess.class.getName())
                            .log(System.Logger.Level.DEBUG, "let go with: {0}", lost.getMessage());
                }
            });
        }
    }
}
