package dev.quern.gpu;

import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.Products;
import dev.quern.gpu.driver.VendorException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A library of products that records what it is asked and multiplies nothing. It fails where it is told to.
final class RecordingProducts implements Products {
    static final long WORKSPACE = 4096;

    /// What it was asked to choose for.
    final List<MatrixProduct> chosen = new ArrayList<>();
    /// Where the operands lay of what it was asked to run.
    final List<Addresses> run = new ArrayList<>();
    /// The method that fails.
    String failing = "";
    /// Whether it has no algorithm for anything.
    boolean isUnable;

    private final Set<Long> handles = new HashSet<>();
    private int alive;

    static Products missing() {
        return Libraries.in(List.of()).products();
    }

    /// No library for this device.
    static LibraryProducts none(CudaAccelerator device) {
        return new LibraryProducts(device, RecordingProducts::missing);
    }

    /// This one, for products of any size.
    LibraryProducts forAll(CudaAccelerator device) {
        return new LibraryProducts(device, () -> this, 1);
    }

    /// Handles and products that were not given back.
    int alive() {
        return handles.size() + alive;
    }

    private void enter(String method) {
        if (failing.equals(method)) {
            throw new VendorException(14, method, "CUBLAS_STATUS_INTERNAL_ERROR");
        }
    }

    @Override
    public String name() {
        return "cuBLASLt 0.0";
    }

    @Override
    public long open() {
        enter("open");
        handles.add(7L);
        return 7;
    }

    @Override
    public void close(long handle) {
        handles.remove(handle);
    }

    @Override
    public Optional<Algorithm> choose(long handle, MatrixProduct product, long mostWorkspace) {
        enter("choose");
        chosen.add(product);
        return isUnable ? Optional.empty() : Optional.of(new Algorithm("best", WORKSPACE));
    }

    @Override
    public Ready prepare(long handle, MatrixProduct product, Algorithm algorithm, Addresses addresses) {
        enter("prepare");
        alive++;
        return new Ready() {
            @Override
            public void enqueue(long stream) {
                enter("enqueue");
                run.add(addresses);
            }

            @Override
            public void close() {
                alive--;
            }
        };
    }
}
