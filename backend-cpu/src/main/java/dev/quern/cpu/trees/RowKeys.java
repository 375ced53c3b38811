package dev.quern.cpu.trees;

import dev.quern.cpu.plain.OrderKeys;
import dev.quern.tensor.Elements;
import java.util.List;

/// How rows of features become rows of integer keys, one for each column that the trees ask for.
sealed interface RowKeys {
    /// Before the keys of all numbers, and at most any cut.
    int LOWEST = Integer.MIN_VALUE;

    /// How many columns there are, that of leaves included.
    int columns();

    /// Writes the keys of a row of features, from element `at` on, to `keys`: [#LOWEST] for leaves, then each column's.
    void fill(Elements x, int at, int[] keys);

    /// Of `f32` features: the numbers' own order.
    record OfFloats(int[] features, boolean[] missingLow) implements RowKeys {
        static OfFloats of(List<Column> columns) {
            boolean[] low = new boolean[columns.size()];
            for (int c = 0; c < low.length; c++) {
                low[c] = columns.get(c).missingLow();
            }
            return new OfFloats(columns.stream().mapToInt(Column::feature).toArray(), low);
        }

        @Override
        public int columns() {
            return 1 + features.length;
        }

        @Override
        public void fill(Elements x, int at, int[] keys) {
            keys[Forest.LEAF_COLUMN] = LOWEST;
            float[] array = (float[]) x.array();
            for (int c = 0; c < features.length; c++) {
                float v = array[at + features[c]];
                keys[1 + c] = missingLow[c] && Float.isNaN(v) ? LOWEST : OrderKeys.of(v);
            }
        }
    }

    /// Of features of any other type, as doubles: how many of the column's cuts lie below the number.
    ///
    /// @param cuts for each column, its cuts in ascending order
    record OfRanks(int[] features, boolean[] missingLow, long[][] cuts) implements RowKeys {
        static OfRanks of(List<Column> columns, long[][] cuts) {
            OfFloats plain = OfFloats.of(columns);
            return new OfRanks(plain.features(), plain.missingLow(), cuts);
        }

        @Override
        public int columns() {
            return 1 + features.length;
        }

        @Override
        public void fill(Elements x, int at, int[] keys) {
            keys[Forest.LEAF_COLUMN] = LOWEST;
            for (int c = 0; c < features.length; c++) {
                double v =
                        x.array() instanceof double[] array ? array[at + features[c]] : x.getDouble(at + features[c]);
                keys[1 + c] = missingLow[c] && Double.isNaN(v) ? LOWEST : rank(cuts[c], OrderKeys.of(v));
            }
        }

        /// How many elements of `sorted` are below `key`.
        static int rank(long[] sorted, long key) {
            int from = 0;
            int left = sorted.length;
            while (left > 1) {
                int half = left >>> 1;
                from += sorted[from + half - 1] < key ? half : 0;
                left -= half;
            }
            return left == 1 && sorted[from] < key ? from + 1 : from;
        }
    }
}
