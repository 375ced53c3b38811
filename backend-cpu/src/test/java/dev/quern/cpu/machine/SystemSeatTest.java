package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Threads and processors, as Linux has them.
class SystemSeatTest {
    private final SystemSeat seat = new SystemSeat();

    @BeforeEach
    void needsSystemCalls() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    @Test
    void aThreadLeavesItsProcessorAndMayComeBack() throws IOException {
        String allowed = allowed();
        assumeTrue(allowed.contains(",") || allowed.contains("-"), "one processor: nowhere to go");
        // the system may move a thread back at once, but not again and again
        boolean left = false;
        for (int i = 0; i < 20 && !left; i++) {
            int here = seat.processor();
            assertThat(here).isNotNegative();
            seat.leave(here);
            left = seat.processor() != here;
        }
        assertThat(left).isTrue();
        assertThat(allowed()).isEqualTo(allowed);
    }

    @Test
    void aProcessorThatIsNotThereIsLeftAlone() throws IOException {
        String allowed = allowed();
        seat.leave(1_000_000);
        assertThat(allowed()).isEqualTo(allowed);
    }

    private static String allowed() throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .orElseThrow();
    }
}
