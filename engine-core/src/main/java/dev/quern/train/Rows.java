package dev.quern.train;

import dev.quern.tensor.Dim;
import dev.quern.tensor.Tensor;
import dev.quern.train.Dataset.Batch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What a data set holds, and how a batch is taken out of it.
sealed interface Rows {

    int count();

    /// Some of the rows, as one batch.
    Batch take(int... rows);

    /// Inputs and label by which the types of all can be told.
    Batch sample();

    /// All labels.
    Stream<Tensor> labels();

    /// Some of the rows, as rows.
    Rows part(int... rows);

    /// Arrays with one row along their first axis.
    record OfArrays(Map<String, Tensor> inputs, Tensor label) implements Rows {
        /// @throws DataException where the numbers of rows differ
        public OfArrays {
            if (inputs.isEmpty()) {
                throw new DataException("a data set needs at least one input");
            }
            int count = rows(label);
            inputs.forEach((name, t) -> {
                if (rows(t) != count) {
                    throw new DataException("input \"" + name + "\" has " + rows(t) + " rows, the label " + count);
                }
            });
            inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        }

        @Override
        public int count() {
            return rows(label);
        }

        @Override
        public Batch take(int... rows) {
            Map<String, Tensor> part = new LinkedHashMap<>();
            inputs.forEach((name, t) -> part.put(name, take(t, rows)));
            return new Batch(part, take(label, rows));
        }

        @Override
        public Batch sample() {
            return new Batch(inputs, label);
        }

        @Override
        public Stream<Tensor> labels() {
            return Stream.of(label);
        }

        @Override
        public Rows part(int... rows) {
            Batch taken = take(rows);
            return new OfArrays(taken.inputs(), taken.label());
        }

        private static Tensor take(Tensor all, int... rows) {
            Tensor out = Tensor.zeros(all.dtype(), all.shape().with(0, Dim.of(rows.length)));
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
    }

    /// Batches as they were given: each counts as one row, and is taken as a whole.
    record OfBatches(List<Batch> batches) implements Rows {
        public OfBatches {
            batches = List.copyOf(batches);
            if (batches.isEmpty()) {
                throw new DataException("a data set needs at least one batch");
            }
        }

        @Override
        public int count() {
            return batches.size();
        }

        @Override
        public Batch take(int... rows) {
            if (rows.length != 1) {
                throw new DataException("given batches are taken one at a time, not " + rows.length);
            }
            return batches.get(rows[0]);
        }

        @Override
        public Batch sample() {
            return batches.getFirst();
        }

        @Override
        public Stream<Tensor> labels() {
            return batches.stream().map(Batch::label);
        }

        @Override
        public Rows part(int... rows) {
            return new OfBatches(
                    java.util.Arrays.stream(rows).mapToObj(batches::get).toList());
        }
    }
}
