package dev.quern.bench.training;

import dev.quern.graph.Graph;
import dev.quern.tensor.Tensor;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Optimizer;
import dev.quern.train.SGD;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// A network, its rows and its optimizer. The names are those of the command line and of `training.py`.
enum Work {
    MLP(Networks::mlp, new AdamW(1e-3), 128, 10, 784),
    CNN(Networks::cnn, new AdamW(1e-3), 64, 10, 1, 28, 28),
    RESNET18(Networks::resnet, new SGD(0.01, 0.9), 32, 10, 3, 32, 32),
    LSTM(Networks::lstm, new AdamW(1e-3), 32, 10, 64, 128),
    MINILM(Networks::miniLm, new AdamW(1e-4), 16, 2, 128);

    private static final int BATCHES = 4;
    private static final int WORDS = 30_522;

    private final Supplier<Graph> network;
    private final Optimizer optimizer;
    private final int batch;
    private final int classes;
    private final long[] row;

    Work(Supplier<Graph> network, Optimizer optimizer, int batch, int classes, long... row) {
        this.network = network;
        this.optimizer = optimizer;
        this.batch = batch;
        this.classes = classes;
        this.row = row;
    }

    Graph graph() {
        return network.get();
    }

    Optimizer optimizer() {
        return optimizer;
    }

    /// Some batches of drawn rows.
    Dataset data() {
        SplittableRandom random = new SplittableRandom(1);
        int rows = batch * BATCHES;
        long[] extents = new long[row.length + 1];
        extents[0] = rows;
        System.arraycopy(row, 0, extents, 1, row.length);
        int length = rows;
        for (long e : row) {
            length *= Math.toIntExact(e);
        }
        long[] labels = random.longs(rows, 0, classes).toArray();
        return Dataset.arrays(Map.of("x", inputs(random, length, extents)), Tensor.of(labels, rows))
                .batched(batch);
    }

    private Tensor inputs(SplittableRandom random, int length, long... extents) {
        if (this == MINILM) {
            return Tensor.of(random.longs(length, 0, WORDS).toArray(), extents);
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return Tensor.of(values, extents);
    }
}
