package dev.quern.train;

import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Rows to learn from, in memory: named inputs and a label, and how they are cut into batches. Immutable.
///
/// {@snippet :
/// Dataset data = Dataset.npz(Path.of("mine.npz"), "x", "y").batched(32).shuffled(7);
/// }
public final class Dataset {
    private static final int DEFAULT_BATCH = 32;

    private final Rows rows;
    private final List<String> classes;
    private final int batchSize;
    private final OptionalLong shuffle;

    private Dataset(Rows rows, List<String> classes, int batchSize, OptionalLong shuffle) {
        this.rows = rows;
        this.classes = List.copyOf(classes);
        this.batchSize = batchSize;
        this.shuffle = shuffle;
    }

    /// Some rows as a model takes them: inputs by the name of the model's input, and what the model should say.
    public record Batch(Map<String, Tensor> inputs, Tensor label) {
        public Batch {
            inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        }
    }

    /// Rows from arrays, which are not copied.
    ///
    /// @param inputs by the name of the model's input; a model with one input takes the only one, whatever its name
    /// @param label what the model should say: class indices (integers) or target numbers
    /// @throws DataException where the numbers of rows differ
    public static Dataset arrays(Map<String, Tensor> inputs, Tensor label) {
        return new Dataset(new Rows.OfArrays(inputs, label), List.of(), DEFAULT_BATCH, OptionalLong.empty());
    }

    /// Batches as they are: for models whose inputs do not all have their rows along the first axis (the state of a
    /// recurrence, a table that all rows share), or whose batches are made elsewhere. Each counts as one row.
    public static Dataset ofBatches(List<Batch> batches) {
        return new Dataset(new Rows.OfBatches(batches), List.of(), 1, OptionalLong.empty());
    }

    /// Rows from a NumPy file.
    ///
    /// @param keys the arrays to read: the inputs, then the label
    /// @throws DataException where the file is missing or damaged, lacks an array, or the numbers of rows differ
    public static Dataset npz(Path file, String... keys) {
        if (keys.length < 2) {
            throw new DataException("name the arrays of the inputs and, last, that of the label, not " + List.of(keys));
        }
        Map<String, Tensor> arrays = NpzFile.read(file, List.of(keys));
        Tensor label = arrays.remove(keys[keys.length - 1]);
        if (label == null) {
            throw new DataException("one array cannot be input and label: " + List.of(keys));
        }
        return arrays(arrays, label);
    }

    /// Rows from a text file with a header line. All columns but the label become one input `x`, f32[rows,
    /// columns]. A label of words becomes class indices in alphabetical order (see [#classes]), one of whole
    /// numbers i64[rows], else f32[rows, 1].
    ///
    /// @throws DataException where the file is missing, a cell is no number, or there is no such column
    public static Dataset csv(Path file, String label) {
        CsvTable table = CsvTable.read(file);
        CsvTable.Label read = table.label(label);
        Map<String, Tensor> inputs = Map.of("x", table.numbersWithout(label));
        return new Dataset(
                new Rows.OfArrays(inputs, read.values()), read.classes(), DEFAULT_BATCH, OptionalLong.empty());
    }

    /// The same rows, `size` at a time; the last batch of an epoch may be smaller. Given batches stay as they are.
    public Dataset batched(int size) {
        if (size < 1) {
            throw new DataException("a batch has at least 1 row, not " + size);
        }
        return rows instanceof Rows.OfBatches ? this : new Dataset(rows, classes, size, shuffle);
    }

    /// The same rows in an order that differs from epoch to epoch and follows from the seed.
    public Dataset shuffled(long seed) {
        return new Dataset(rows, classes, batchSize, OptionalLong.of(seed));
    }

    /// The rows from `from` to `to` (exclusive), in order, in batches of the same size: to learn from some rows and
    /// to measure on others.
    ///
    /// @throws DataException where there are no such rows
    public Dataset slice(int from, int to) {
        if (from < 0 || to > rows() || from >= to) {
            throw new DataException("there are no rows " + from + " to " + to + " in " + rows());
        }
        return new Dataset(rows.part(IntStream.range(from, to).toArray()), classes, batchSize, shuffle);
    }

    /// The inputs by name; those of the first batch where batches were given.
    public Map<String, Tensor> inputs() {
        return rows.sample().inputs();
    }

    /// The labels; those of the first batch where batches were given.
    public Tensor label() {
        return rows.sample().label();
    }

    /// All labels, in one tensor or several.
    Stream<Tensor> labels() {
        return rows.labels();
    }

    /// Whether batches are taken as they were given.
    boolean isOfBatches() {
        return rows instanceof Rows.OfBatches;
    }

    /// The batches that were given; none where batches are cut from rows.
    List<Batch> given() {
        return rows instanceof Rows.OfBatches given ? given.batches() : List.of();
    }

    /// What share of all rows a batch has.
    double share(Batch batch) {
        return isOfBatches()
                ? 1.0 / rows()
                : (double) batch.label().shape().dim(0).extent() / rows();
    }

    /// The words that class indices stand for; empty where labels were numbers.
    public List<String> classes() {
        return classes;
    }

    public int rows() {
        return rows.count();
    }

    public int batchSize() {
        return batchSize;
    }

    /// Batches in an epoch.
    public int batches() {
        return Math.ceilDiv(rows(), batchSize);
    }

    /// What decides the order of rows: equal for equal courses of training.
    String order() {
        return rows() + " rows in batches of " + batchSize + ", "
                + (shuffle.isPresent() ? "shuffled by seed " + shuffle.getAsLong() : "in order");
    }

    /// The rows of an epoch, numbered from 1, in the order in which they are taken.
    int[] epoch(long epoch) {
        int[] order = new int[rows()];
        Arrays.setAll(order, i -> i);
        shuffle.ifPresent(seed -> permute(order, SplitMix.of(seed, epoch)));
        return order;
    }

    /// By the method of Fisher and Yates (Durstenfeld, 1964).
    private static void permute(int[] order, SplitMix random) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /// Batch `index` of an epoch in so many parts, whose sizes differ by 1 at most, larger ones first; in fewer
    /// where it has fewer rows.
    List<Batch> parts(int[] order, int index, int count) {
        if (count == 1) {
            return List.of(batch(order, index));
        }
        int from = index * batchSize;
        int size = Math.min(batchSize, order.length - from);
        List<Batch> parts = new ArrayList<>();
        for (int i = 0; i < Math.min(count, size); i++) {
            int to = from + size / count + (i < size % count ? 1 : 0);
            parts.add(rows.take(Arrays.copyOfRange(order, from, to)));
            from = to;
        }
        return parts;
    }

    /// Batch `index` of an epoch whose rows are in this order.
    Batch batch(int[] order, int index) {
        int from = index * batchSize;
        int[] taken = Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length));
        return rows.take(taken);
    }
}
