package dev.quern.gpu;

import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Target;
import dev.quern.codegen.Task;
import dev.quern.gpu.driver.LibraryException;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.Products;
import dev.quern.gpu.driver.VendorException;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Large products by cuBLASLt: which ones, and by which of its algorithms, that is asked once for each shape. The
/// library is looked for when the first large product comes. What it lacks or refuses generated kernels do, and a
/// remark says so.
///
/// `-Dquern.cuda.products=own` leaves all to generated kernels.
final class LibraryProducts implements AutoCloseable {
    /// Bytes that an algorithm may ask for: what NVIDIA advises for Hopper.
    private static final long MOST_WORKSPACE = 32L << 20;
    /// Multiplications from which on the library is asked: 64³. Not measured yet.
    private static final long LARGE = 1L << 18;

    private final CudaAccelerator device;
    private final Supplier<Products> source;
    private final long least;
    private final Map<MatrixProduct, Optional<Products.Algorithm>> chosen = new HashMap<>();
    private final Set<String> remarks = new LinkedHashSet<>();
    private @Nullable Products library;
    private boolean isSought;
    private long handle;

    /// @param source finds the library
    /// @param least multiplications from which on it is asked
    LibraryProducts(CudaAccelerator device, Supplier<Products> source, long least) {
        this.device = device;
        this.source = source;
        this.least = least;
    }

    LibraryProducts(CudaAccelerator device, Supplier<Products> source) {
        this(device, source, "own".equals(System.getProperty("quern.cuda.products")) ? Long.MAX_VALUE : LARGE);
    }

    /// What does the product, or nothing where generated kernels are to.
    synchronized Optional<List<Task>> of(Kernel.Contract kernel, List<Buffer> buffers) {
        View out = kernel.output();
        long multiplications = (long) out.length() * kernel.a().dim(kernel.a().rank() - 1);
        if (multiplications == 0 || multiplications < least) {
            return Optional.empty();
        }
        Optional<ProductForm> form = ProductForm.of(kernel, false);
        return form.flatMap(f -> algorithm(f.product()).map(algorithm -> tasks(f, algorithm, buffers)));
    }

    private static List<Task> tasks(ProductForm form, Products.Algorithm algorithm, List<Buffer> buffers) {
        List<Task> tasks = new ArrayList<>();
        form.calls().forEach(offsets -> tasks.add(ProductCall.of(form, offsets, algorithm)));
        form.rest().ifPresent(map -> tasks.addAll(KernelCode.of(map, buffers, Target.GPU)));
        return tasks;
    }

    private Optional<Products.Algorithm> algorithm(MatrixProduct product) {
        Products found = library();
        if (found == null) {
            return Optional.empty();
        }
        return chosen.computeIfAbsent(product, p -> {
            try {
                device.current();
                Optional<Products.Algorithm> algorithm = found.choose(handle, p, MOST_WORKSPACE);
                if (algorithm.isEmpty()) {
                    remark(p + " by a generated kernel: " + found.name() + " has no algorithm for it");
                }
                return algorithm;
            } catch (VendorException failed) {
                remark(p + " by a generated kernel: " + failed.getMessage());
                return Optional.empty();
            }
        });
    }

    /// The library with a handle for this device, or nothing where there is none.
    private @Nullable Products library() {
        if (!isSought) {
            isSought = true;
            try {
                Products found = source.get();
                device.current();
                handle = found.open();
                library = found;
            } catch (LibraryException missing) {
                remark("products by generated kernels, no cuBLASLt: " + missing.getMessage()
                        + "; install it, for example the Python package nvidia-cublas, and name its folder in"
                        + " -Dquern.cuda.libraries or CUDA_HOME");
            } catch (VendorException failed) {
                remark("products by generated kernels: " + failed.getMessage()
                        + "; cuBLASLt must not be newer than the driver");
            }
        }
        return library;
    }

    private void remark(String line) {
        if (remarks.add(line)) {
            System.getLogger(LibraryProducts.class.getName()).log(System.Logger.Level.INFO, "cuda: {0}", line);
        }
    }

    /// What does large products and why, a line each. Looks for the library.
    synchronized List<String> remarks() {
        List<String> lines = new ArrayList<>();
        Products found = least == Long.MAX_VALUE ? null : library();
        if (found != null) {
            lines.add("products of " + least + " multiplications and more by " + found.name());
        } else if (least == Long.MAX_VALUE) {
            lines.add("products by generated kernels: -Dquern.cuda.products=own");
        }
        lines.addAll(remarks);
        return lines;
    }

    /// A product that is ready to run.
    synchronized ReadyProduct prepare(ProductCall call, List<Long> arrays) {
        Products found = library();
        if (found == null) {
            throw new IllegalStateException("a product without a library: " + call.product());
        }
        device.current();
        return new ReadyProduct(found.prepare(handle, call.product(), call.algorithm(), call.addresses(arrays)));
    }

    @Override
    public synchronized void close() {
        Products found = library;
        library = null;
        isSought = true;
        if (found != null) {
            device.release(d -> {
                try {
                    found.close(handle);
                } catch (VendorException lost) {
                    System.getLogger(LibraryProducts.class.getName())
                            .log(System.Logger.Level.DEBUG, "let go with: {0}", lost.getMessage());
                }
            });
        }
    }
}
