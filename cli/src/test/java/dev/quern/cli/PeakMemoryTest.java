package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PeakMemoryTest {
    private static final int MANY = 64 << 20;

    @TempDir
    Path folder;

    @Test
    void countsWhatLiesOutsideTheHeap() throws Exception {
        long before = PeakMemory.bytes();
        ByteBuffer direct = ByteBuffer.allocateDirect(MANY);
        assertThat(PeakMemory.bytes() - before).isGreaterThanOrEqualTo(direct.capacity());
        try (Arena arena = Arena.ofConfined();
                RandomAccessFile file =
                        new RandomAccessFile(folder.resolve("weights").toFile(), "rw")) {
            file.setLength(MANY);
            long unmapped = PeakMemory.bytes();
            MemorySegment mapped = file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, MANY, arena);
            assertThat(mapped.byteSize()).isEqualTo(MANY);
            assertThat(PeakMemory.bytes()).isGreaterThanOrEqualTo(unmapped + MANY);
        }
    }

    @Test
    void keepsThePeakOfTheHeap() {
        long before = PeakMemory.bytes();
        byte[] array = new byte[MANY];
        assertThat(PeakMemory.bytes()).isGreaterThanOrEqualTo(array.length);
        assertThat(PeakMemory.bytes()).isGreaterThanOrEqualTo(before);
    }
}
