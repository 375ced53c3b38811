package dev.quern.onnx;

import dev.quern.op.TfIdfVectorizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The n-grams of a TfIdfVectorizer as its node lists them: one after another, those of length 1 first.
final class NgramPool {
    private NgramPool() {}

    static void write(TfIdfVectorizer op, NodeExport n) {
        List<Map.Entry<List<Object>, TfIdfVectorizer.Column>> grams =
                new ArrayList<>(op.grams().entrySet());
        grams.sort(Comparator.comparingInt((Map.Entry<List<Object>, TfIdfVectorizer.Column> e) ->
                        e.getKey().size())
                .thenComparingInt(e -> e.getValue().index()));
        int longest = grams.isEmpty() ? 0 : grams.getLast().getKey().size();
        List<Object> pool = new ArrayList<>();
        long[] starts = new long[Math.max(longest, op.lengths().most())];
        long[] columns = new long[grams.size()];
        float[] weights = new float[grams.size()];
        int length = 0;
        for (int i = 0; i < columns.length; i++) {
            while (length < grams.get(i).getKey().size()) {
                starts[length++] = pool.size();
            }
            pool.addAll(grams.get(i).getKey());
            columns[i] = grams.get(i).getValue().index();
            weights[i] = (float) grams.get(i).getValue().weight();
        }
        while (length < starts.length) {
            starts[length++] = pool.size();
        }
        n.text("mode", op.mode().name())
                .integer("min_gram_length", op.lengths().least())
                .integer("max_gram_length", op.lengths().most())
                .integer("max_skip_count", op.skips())
                .integers("ngram_counts", starts)
                .integers("ngram_indexes", columns)
                .numbers("weights", weights);
        if (pool.stream().allMatch(String.class::isInstance)) {
            n.texts("pool_strings", pool.stream().map(String.class::cast).toList());
        } else {
            n.integers(
                    "pool_int64s",
                    pool.stream().mapToLong(g -> ((Number) g).longValue()).toArray());
        }
    }
}
