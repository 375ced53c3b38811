package dev.quern.bench.peers;

import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Two engines on one model and one input, in turns: blocks of at least 50 ms, each begun when the process is at rest,
/// once the JVM's compilers have done what makes a difference.
/// Each pair of neighbouring blocks gives one ratio.
record Comparison(Engine ours, Engine peer, Map<String, Tensor> inputs, double seconds) {
    private static final double BLOCK_SECONDS = 0.05;

    /// The JVM is still compiling while blocks become faster than this share of the fastest one before.
    private static final double SETTLED = 0.97;

    /// Blocks one after another that are not.
    private static final int SETTLED_BLOCKS = 15;

    private static final double MOST_WARM_UP_SECONDS = 15;

    /// The figures of one row: times are medians over blocks, the ratio is the peer's time over ours, pair by pair.
    record Row(double ours, double peer, double ratio, double ratioMin, double ratioMax, double maxError) {
        Map<String, Object> asMap(String model, String peerName, int threads, long batch) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("model", model);
            map.put("peer", peerName);
            map.put("threads", threads);
            map.put("batch", batch);
            map.put("quern_ms", ours);
            map.put("peer_ms", peer);
            map.put("ratio", ratio);
            map.put("ratio_min", ratioMin);
            map.put("ratio_max", ratioMax);
            map.put("max_error", maxError);
            return map;
        }
    }

    Row run() throws Exception {
        double error = error(ours.run(inputs), peer.run(inputs));
        warmUp();
        int pairs = Math.max(5, (int) (seconds / (2 * BLOCK_SECONDS)));
        double[] mine = new double[pairs];
        double[] theirs = new double[pairs];
        double[] ratios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            boolean first = i % 2 == 0;
            mine[i] = first ? block(ours) : 0;
            theirs[i] = block(peer);
            mine[i] = first ? mine[i] : block(ours);
            ratios[i] = theirs[i] / mine[i];
        }
        Arrays.sort(ratios);
        return new Row(median(mine), median(theirs), ratios[pairs / 2], ratios[0], ratios[pairs - 1], error);
    }

    private void warmUp() throws Exception {
        ours.warmUp(inputs);
        peer.warmUp(inputs);
        long start = System.nanoTime();
        double least = Double.MAX_VALUE;
        int since = 0;
        do {
            double took = block(ours);
            block(peer);
            since = took < SETTLED * least ? 0 : since + 1;
            least = Math.min(least, took);
        } while (secondsSince(start) < seconds * 0.5
                || (since < SETTLED_BLOCKS && secondsSince(start) < MOST_WARM_UP_SECONDS));
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }

    /// Milliseconds a run.
    private double block(Engine engine) throws Exception {
        Rest.await();
        long start = System.nanoTime();
        int runs = 0;
        do {
            engine.run(inputs);
            runs++;
        } while (System.nanoTime() - start < BLOCK_SECONDS * 1e9);
        return (System.nanoTime() - start) / 1e6 / runs;
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// The largest difference between outputs, as a share of the largest magnitude of the peer's output.
    private static double error(List<Object> mine, List<Object> theirs) {
        double worst = 0;
        for (int o = 0; o < Math.min(mine.size(), theirs.size()); o++) {
            double[] a = numbers(mine.get(o));
            double[] b = numbers(theirs.get(o));
            double scale = 0;
            double delta = 0;
            for (int i = 0; i < Math.min(a.length, b.length); i++) {
                scale = Math.max(scale, Math.abs(b[i]));
                delta = Math.max(delta, Math.abs(b[i] - a[i]));
            }
            worst = Math.max(worst, delta == 0 ? 0 : delta / scale);
        }
        return worst;
    }

    /// The numbers of an output; a string counts as its hash.
    private static double[] numbers(Object output) {
        return switch (output) {
            case float[] a ->
                IntStream.range(0, a.length).mapToDouble(i -> a[i]).toArray();
            case double[] a -> a;
            case long[] a -> Arrays.stream(a).asDoubleStream().toArray();
            case int[] a -> Arrays.stream(a).asDoubleStream().toArray();
            case String[] a -> Arrays.stream(a).mapToDouble(String::hashCode).toArray();
            case List<?> rows ->
                rows.stream()
                        .flatMap(row -> ((Map<?, ?>) row).values().stream())
                        .mapToDouble(v -> ((Number) v).doubleValue())
                        .toArray();
            default -> new double[0];
        };
    }
}
