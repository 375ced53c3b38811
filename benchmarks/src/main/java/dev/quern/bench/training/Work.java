package dev.quern.bench.training;

import dev.quern.graph.Graph;
import dev.quern.tensor.Tensor;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Optimizer;
import dev.quern.train.SGD;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/// A network, its rows and its optimizer.
///
/// @param name as on the command line and in `training.py`
/// @param batch rows of a step
/// @param row the extents of one
record Work(String name, Supplier<Graph> network, Optimizer optimizer, int batch, int classes, List<Long> row) {
    private static final int BATCHES = 4;
    private static final int WORDS = 30_522;
    private static final String OF_WORDS = "minilm";

    /// All of them.
    static List<Work> all() {
        return List.of(
                new Work("mlp", Networks::mlp, new AdamW(1e-3), 128, 10, List.of(784L)),
                new Work("cnn", Networks::cnn, new AdamW(1e-3), 64, 10, List.of(1L, 28L, 28L)),
                new Work("resnet18", Networks::resnet, new SGD(0.01, 0.9), 32, 10, List.of(3L, 32L, 32L)),
                new Work("lstm", Networks::lstm, new AdamW(1e-3), 32, 10, List.of(64L, 128L)),
                new Work(OF_WORDS, Networks::miniLm, new AdamW(1e-4), 16, 2, List.of(128L)));
    }

    static Work named(String name) {
        return all().stream()
                .filter(w -> w.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no work \"" + name + "\""));
    }

    /// Some batches of drawn rows.
    Dataset data() {
        SplittableRandom random = new SplittableRandom(1);
        int rows = batch * BATCHES;
        long[] extents = LongStream.concat(LongStream.of(rows), row.stream().mapToLong(Long::longValue))
                .toArray();
        int length = Math.toIntExact(LongStream.of(extents).reduce(1, Math::multiplyExact));
        long[] labels = random.longs(rows, 0, classes).toArray();
        return Dataset.arrays(Map.of("x", inputs(random, length, extents)), Tensor.of(labels, rows))
                .batched(batch);
    }

    private Tensor inputs(SplittableRandom random, int length, long... extents) {
        if (name.equals(OF_WORDS)) {
            return Tensor.of(random.longs(length, 0, WORDS).toArray(), extents);
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return Tensor.of(values, extents);
    }
}
