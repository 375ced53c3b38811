package dev.quern.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
    private static final long ROOM = 10_000;

    /// Arrays are their sizes.
    private static final class Source implements DeviceMemory.Source<Long> {
        private final List<Long> made = new ArrayList<>();
        private long used;

        @Override
        public Long allocate(long bytes) {
            if (used + bytes > ROOM) {
                throw new DeviceMemory.FullException("full");
            }
            used += bytes;
            made.add(bytes);
            return bytes;
        }

        @Override
        public void free(Long array) {
            used -= array;
        }
    }

    private final Source source = new Source();
    private final DeviceMemory<Long> memory = new DeviceMemory<>("test", source);

    @Test
    void whatIsClosedServesTheNextOfItsSize() {
        memory.allocate(1000).close();
        memory.allocate(1000).close();
        memory.allocate(990).close();
        assertThat(source.made).hasSize(1);
    }

    @Test
    void closingTwiceGivesBackOnce() {
        DeviceMemory.Array<Long> array = memory.allocate(1000);
        array.close();
        array.close();
        memory.allocate(1000);
        memory.allocate(1000);
        assertThat(source.made).hasSize(2);
    }

    @Test
    void whatIsKeptIsGivenUpBeforeRefusing() {
        memory.allocate(4096).close();
        memory.allocate(2048).close();
        DeviceMemory.Array<Long> large = memory.allocate(8192);
        assertThatThrownBy(() -> memory.allocate(4096))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("test: the device has no room for an array of 4096 bytes (full)");
        large.close();
        memory.allocate(4096);
    }
}
