package dev.quern.gpu;

import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.VendorException;
import dev.quern.gpu.driver.VendorLibrary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A library that records what it is asked and computes nothing. It fails where it is told to.
///
/// @param <W> what describes a piece of work
/// @param <A> where its operands lie
abstract class RecordingLibrary<W, A> implements VendorLibrary<W, A> {
    static final long WORKSPACE = 4096;
    static final Libraries NO_LIBRARIES = Libraries.in(List.of());

    /// What it was asked to choose for.
    final List<W> chosen = new ArrayList<>();
    /// Where the operands lay of what it was asked to run.
    final List<A> run = new ArrayList<>();
    /// The method that fails.
    String failing = "";
    /// Whether it has no algorithm for anything.
    boolean isUnable;

    /// What it says where it fails.
    final String status;

    private final String name;
    private final Set<Long> handles = new HashSet<>();
    private int alive;

    RecordingLibrary(String name, String status) {
        this.name = name;
        this.status = status;
    }

    /// No libraries for this device.
    static VendorWork none(CudaAccelerator device) {
        return VendorWork.of(device, NO_LIBRARIES);
    }

    /// What this library does: work of so many multiplications and more.
    abstract VendorWork work(CudaAccelerator device, long least);

    /// Handles and work that were not given back.
    int alive() {
        return handles.size() + alive;
    }

    private void enter(String method) {
        if (failing.equals(method)) {
            throw new VendorException(14, method, status);
        }
    }

    @Override
    public String name() {
        return name;
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

    /// Whether it has an algorithm for this, unless it has none for anything.
    boolean has(W work) {
        return true;
    }

    @Override
    public Optional<Algorithm> choose(long handle, W work, long mostWorkspace) {
        enter("choose");
        chosen.add(work);
        return isUnable || !has(work) ? Optional.empty() : Optional.of(new Algorithm("best", WORKSPACE));
    }

    @Override
    public Ready prepare(long handle, W work, Algorithm algorithm, A addresses) {
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
