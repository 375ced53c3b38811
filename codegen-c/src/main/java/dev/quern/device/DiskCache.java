package dev.quern.device;

import dev.quern.codegen.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;

/// Built programs on disk, one file each, named by a hash of all that they depend on. A file starts with the hash of
/// its contents: a driver that is given a damaged binary may take the process down, so none is.
public record DiskCache(Path directory) {
    private static final System.Logger LOG = System.getLogger(DiskCache.class.getName());
    private static final int HASH_BYTES = 64;

    /// That of a backend: the folder that `-Dquern.BACKEND.cache` names, else one in the user's cache folder.
    public static DiskCache of(String backend) {
        String chosen = System.getProperty("quern." + backend + ".cache");
        if (chosen != null) {
            return new DiskCache(Path.of(chosen));
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base = cache != null && !cache.isBlank()
                ? Path.of(cache)
                : Path.of(System.getProperty("user.home", "."), ".cache");
        return new DiskCache(base.resolve("quern").resolve(backend));
    }

    /// The binary stored under `key`, if it is there and whole.
    public Optional<byte[]> get(String key) {
        try {
            byte[] file = Files.readAllBytes(path(key));
            if (file.length > HASH_BYTES) {
                byte[] binary = Arrays.copyOfRange(file, HASH_BYTES, file.length);
                if (Hash.of(binary).equals(new String(file, 0, HASH_BYTES, StandardCharsets.US_ASCII))) {
                    return Optional.of(binary);
                }
            }
            LOG.log(System.Logger.Level.WARNING, "{0} is damaged; the program is built again", path(key));
            return Optional.empty();
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException unreadable) {
            LOG.log(System.Logger.Level.WARNING, "the program cache cannot be read: {0}", unreadable.getMessage());
            return Optional.empty();
        }
    }

    /// Stores a binary; a failure to do so is logged and changes nothing else.
    public void put(String key, byte[] binary) {
        try {
            Files.createDirectories(directory);
            Path part = Files.createTempFile(directory, key, ".part");
            byte[] file =
                    Arrays.copyOf(Hash.of(binary).getBytes(StandardCharsets.US_ASCII), HASH_BYTES + binary.length);
            System.arraycopy(binary, 0, file, HASH_BYTES, binary.length);
            Files.write(part, file);
            move(part, path(key));
        } catch (IOException failed) {
            LOG.log(System.Logger.Level.WARNING, "the program cache cannot be written: {0}", failed.getMessage());
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException other) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path path(String key) {
        return directory.resolve(key + ".bin");
    }
}
