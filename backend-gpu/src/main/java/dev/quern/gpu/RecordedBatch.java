package dev.quern.gpu;

import dev.quern.device.Queue;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import java.util.List;

/// Launches that always run one after another: one by one at first, recorded as a CUDA graph when they run again.
final class RecordedBatch implements Queue.Batch {
    private static final int LEAST_PARTS = 3;
    private static final long NONE = 0;

    private final CudaAccelerator device;
    private final long stream;
    private final List<Queue.Part> parts;
    private boolean isRecordable;
    private boolean hasRun;
    private long graph = NONE;
    private long instance = NONE;

    RecordedBatch(CudaAccelerator device, long stream, List<Queue.Part> parts) {
        this.device = device;
        this.stream = stream;
        this.parts = List.copyOf(parts);
        this.isRecordable = parts.size() >= LEAST_PARTS;
    }

    @Override
    public void enqueue() {
        CudaDriver driver = device.current();
        if (hasRun && isRecordable && instance == NONE) {
            record(driver);
        }
        if (instance != NONE) {
            driver.launchGraph(instance, stream);
        } else {
            CudaQueue.enqueue(driver, parts, stream);
        }
        hasRun = true;
    }

    private void record(CudaDriver driver) {
        try {
            driver.beginCapture(stream);
            try {
                CudaQueue.enqueue(driver, parts, stream);
            } finally {
                graph = driver.endCapture(stream);
            }
            instance = driver.instantiate(graph);
        } catch (CudaException failed) {
            if (failed.kind().isFatal()) {
                throw failed;
            }
            isRecordable = false;
            System.getLogger(RecordedBatch.class.getName())
                    .log(System.Logger.Level.WARNING, "launched one by one, not as a graph: {0}", failed.getMessage());
        }
    }

    @Override
    public void close() {
        if (instance != NONE) {
            device.release(d -> d.destroyGraphInstance(instance));
        }
        if (graph != NONE) {
            device.release(d -> d.destroyGraph(graph));
        }
    }
}
