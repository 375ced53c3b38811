package dev.quern.train;

import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Rows to learn from, in memory: named inputs and a label, all with one row along their first axis, and how they are
/// cut into batches. Immutable.
///
/// {@snippet :
/// Dataset data = Dataset.npz(Path.of("mine.npz"), "x", "y").batched(32).shuffled(7);
/// }
public final class Dataset {
    private static final int DEFAULT_BATCH = 32;

    private final Map<String, Tensor> inputs;
    private final Tensor label;
    private final List<String> classes;
    private final int batchSize;
    private final OptionalLong shuffle;

    private Dataset(
            Map<String, Tensor> inputs, Tensor label, List<String> classes, int batchSize, OptionalLong shuffle) {
        this.inputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        this.label = label;
        this.classes = List.copyOf(classes);
        this.batchSize = batchSize;
        this.shuffle = shuffle;
    }

    /// Rows from arrays, which are not copied.
    ///
    /// @param inputs by the name of the model's input; a model with one input takes the only one, whatever its name
    /// @param label what the model should say: class indices (integers) or target numbers
    /// @throws DataException where the numbers of rows differ
    public static Dataset arrays(Map<String, Tensor> inputs, Tensor label) {
        if (inputs.isEmpty()) {
            throw new DataException("a data set needs at least one input");
        }
        inputs.forEach((name, t) -> requireRows(name, t, rows(label)));
        return new Dataset(inputs, label, List.of(), DEFAULT_BATCH, OptionalLong.empty());
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
        return new Dataset(inputs, read.values(), read.classes(), DEFAULT_BATCH, OptionalLong.empty());
    }

    /// The same rows, `size` at a time; the last batch of an epoch may be smaller.
    public Dataset batched(int size) {
        if (size < 1) {
            throw new DataException("a batch has at least 1 row, not " + size);
        }
        return new Dataset(inputs, label, classes, size, shuffle);
    }

    /// The same rows in an order that differs from epoch to epoch and follows from the seed.
    public Dataset shuffled(long seed) {
        return new Dataset(inputs, label, classes, batchSize, OptionalLong.of(seed));
    }

    /// The rows from `from` to `to` (exclusive), in order, in batches of the same size: to learn from some rows and
    /// to measure on others.
    ///
    /// @throws DataException where there are no such rows
    public Dataset slice(int from, int to) {
        if (from < 0 || to > rows() || from >= to) {
            throw new DataException("there are no rows " + from + " to " + to + " in " + rows());
        }
        int[] taken = java.util.stream.IntStream.range(from, to).toArray();
        Map<String, Tensor> part = new LinkedHashMap<>();
        inputs.forEach((name, t) -> part.put(name, take(t, taken)));
        return new Dataset(part, take(label, taken), classes, batchSize, shuffle);
    }

    public Map<String, Tensor> inputs() {
        return inputs;
    }

    public Tensor label() {
        return label;
    }

    /// The words that class indices stand for; empty where labels were numbers.
    public List<String> classes() {
        return classes;
    }

    public int rows() {
        return rows(label);
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

    /// Batch `index` of an epoch whose rows are in this order.
    Batch batch(int[] order, int index) {
        int from = index * batchSize;
        int[] taken = Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length));
        Map<String, Tensor> part = new LinkedHashMap<>();
        inputs.forEach((name, t) -> part.put(name, take(t, taken)));
        return new Batch(part, take(label, taken));
    }

    /// Some rows: inputs by name, and the label.
    record Batch(Map<String, Tensor> inputs, Tensor label) {
        int rows() {
            return Dataset.rows(label);
        }
    }

    private static Tensor take(Tensor all, int... rows) {
        Tensor out = Tensor.zeros(all.dtype(), all.shape().with(0, dev.quern.tensor.Dim.of(rows.length)));
        int width = rows.length == 0 ? 0 : out.length() / rows.length;
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(all.array(), rows[i] * width, out.array(), i * width, width);
        }
        return out;
    }

    private static int rows(Tensor t) {
        if (t.rank() == 0 || t.shape().dim(0).extent() == 0) {
            throw new DataException("a data set needs at least one row; its label is " + t.type());
        }
        return (int) t.shape().dim(0).extent();
    }

    private static void requireRows(String name, Tensor t, int rows) {
        if (rows(t) != rows) {
            throw new DataException("input \"" + name + "\" has " + rows(t) + " rows, the label " + rows);
        }
    }
}
