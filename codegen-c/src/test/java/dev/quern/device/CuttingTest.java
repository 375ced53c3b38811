package dev.quern.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.codegen.Launch;
import dev.quern.device.Queue.Part;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CuttingTest {
    private static final Queue.Call CALL = () -> {};

    private static Launch launch(int group, int items, long work) {
        return new Launch("f", "", group, List.of(), List.of(), items, work);
    }

    @ParameterizedTest
    @CsvSource({"1, 10, 100", "64, 64, 5", "64, 6400, 1000000", "16, 1000, 12345", "256, 256, 9000000", "1, 1, 1"})
    void partsCoverAllItemsOnceInWholeGroups(int group, int items, long work) {
        Cutting cutting = new Cutting(100);
        cutting.add(launch(group, items, work), CALL);
        int next = 0;
        for (List<Part> batch : cutting.batches()) {
            assertThat(batch).isNotEmpty();
            for (Part part : batch) {
                assertThat(part.from()).isEqualTo(next).isEqualTo(next / group * group);
                next += part.count();
            }
        }
        assertThat(next).isEqualTo(items);
    }

    @Test
    void littleWorkIsOneBatchAndMuchIsMany() {
        Cutting cutting = new Cutting(100);
        for (int i = 0; i < 10; i++) {
            cutting.add(launch(1, 5, 10), CALL);
        }
        assertThat(cutting.batches()).hasSize(1);
        Cutting longer = new Cutting(100);
        for (int i = 0; i < 10; i++) {
            longer.add(launch(1, 60, 60), CALL);
        }
        assertThat(longer.batches()).hasSize(10);
    }
}
