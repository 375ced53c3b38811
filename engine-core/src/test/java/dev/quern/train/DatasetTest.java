package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    @TempDir
    Path folder;

    private static Dataset numbered(int rows) {
        float[] x = new float[rows * 2];
        long[] y = new long[rows];
        for (int i = 0; i < rows; i++) {
            x[2 * i] = i;
            x[2 * i + 1] = -i;
            y[i] = i;
        }
        return Dataset.arrays(Map.of("x", Tensor.of(x, rows, 2)), Tensor.of(y, rows));
    }

    private static List<Long> labels(Dataset data, long epoch) {
        List<Long> labels = new ArrayList<>();
        int[] order = data.epoch(epoch);
        for (int b = 0; b < data.batches(); b++) {
            Dataset.Batch batch = data.batch(order, b);
            Tensor x = batch.inputs().get("x");
            assertThat(x.shape()).isEqualTo(Shape.of(batch.label().length(), 2L));
            for (int i = 0; i < batch.label().length(); i++) {
                long label = batch.label().getLong(i);
                assertThat(x.getDouble(2 * i)).isEqualTo(label);
                assertThat(x.getDouble(2 * i + 1)).isEqualTo(-label);
                labels.add(label);
            }
        }
        return labels;
    }

    @Test
    void cutsRowsInOrderAndKeepsTheRest() {
        Dataset data = numbered(7).batched(3);
        assertThat(data.batches()).isEqualTo(3);
        assertThat(labels(data, 1)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(data.batch(data.epoch(1), 2).label().length()).isEqualTo(1);
    }

    @Test
    void shufflesByEpochAndSeed() {
        Dataset data = numbered(50).batched(8).shuffled(3);
        List<Long> all = IntStream.range(0, 50).mapToObj(Long::valueOf).toList();
        assertThat(labels(data, 1)).containsExactlyInAnyOrderElementsOf(all).isNotEqualTo(all);
        assertThat(labels(data, 1)).isEqualTo(labels(numbered(50).shuffled(3), 1));
        assertThat(labels(data, 1)).isNotEqualTo(labels(data, 2));
        assertThat(labels(data, 1)).isNotEqualTo(labels(data.shuffled(4), 1));
    }

    @Test
    void shufflesTheSameWayForEver() {
        assertThat(labels(numbered(6).shuffled(1), 1)).containsExactly(5L, 3L, 1L, 4L, 0L, 2L);
    }

    @Test
    void allColumnsHaveTheSameRows() {
        Tensor x = Tensor.zeros(DType.F32, 4, 2);
        assertThatThrownBy(() -> Dataset.arrays(Map.of("x", x), Tensor.zeros(DType.I64, 3)))
                .isInstanceOf(DataException.class)
                .hasMessage("input \"x\" has 4 rows, the label 3");
        assertThatThrownBy(() -> Dataset.arrays(Map.of("x", x), Tensor.scalar(DType.I64, 3)))
                .isInstanceOf(DataException.class);
    }

    @Test
    void tablesWithWordsAsLabels() throws IOException {
        Path file = folder.resolve("t.csv");
        Files.writeString(file, "a,\"kind, quoted\",b\r\n1,\"two \"\"x\"\"\",2.5\n-3e2,one,4\n\n5,one,6\n");
        Dataset data = Dataset.csv(file, "kind, quoted");
        assertThat(data.inputs().get("x").toFloats()).containsExactly(1, 2.5f, -300, 4, 5, 6);
        assertThat(data.classes()).containsExactly("one", "two \"x\"");
        assertThat(data.label().toLongs()).containsExactly(1, 0, 0);
    }

    @Test
    void tablesWithNumbersAsLabels() throws IOException {
        Path file = folder.resolve("t.csv");
        Files.writeString(file, "a,b\n1,3\n2,4\n");
        assertThat(Dataset.csv(file, "b").label().type()).hasToString("i64[2]");
        Files.writeString(file, "a,b\n1,3\n2,4.5\n");
        assertThat(Dataset.csv(file, "b").label().type()).hasToString("f32[2,1]");
    }

    @Test
    void damagedTablesAreRefused() throws IOException {
        Path file = folder.resolve("t.csv");
        Files.writeString(file, "a,b\n1,3\n2\n");
        assertThatThrownBy(() -> Dataset.csv(file, "b"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("row 2 has 1 cells, the header 2");
        Files.writeString(file, "a,b\n1,3\nx,4\n");
        assertThatThrownBy(() -> Dataset.csv(file, "b"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("row 2, column \"a\": \"x\" is no number");
        assertThatThrownBy(() -> Dataset.csv(file, "c"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no column \"c\"; it has [a, b]");
        Files.writeString(file, "a,b\n");
        assertThatThrownBy(() -> Dataset.csv(file, "b")).isInstanceOf(DataException.class);
    }
}
