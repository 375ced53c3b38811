package dev.quern.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {
    private static final byte[] BINARY = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir
    Path folder;

    @Test
    void givesWhatWasStored() {
        DiskCache cache = new DiskCache(folder.resolve("new"));
        assertThat(cache.get("k")).isEmpty();
        cache.put("k", BINARY);
        assertThat(cache.get("k")).contains(BINARY);
        assertThat(cache.get("other")).isEmpty();
    }

    @Test
    void aBinaryCutShortOrChangedIsNotGiven() throws Exception {
        DiskCache cache = new DiskCache(folder);
        cache.put("k", BINARY);
        Path file = folder.resolve("k.bin");
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(cache.get("k")).as("cut to %d bytes", length).isEmpty();
        }
        byte[] changed = whole.clone();
        changed[whole.length - 3] ^= 1;
        Files.write(file, changed);
        assertThat(cache.get("k")).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenStopsNothing() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "no folder");
        DiskCache cache = new DiskCache(file);
        cache.put("k", BINARY);
        assertThat(cache.get("k")).isEmpty();
    }
}
