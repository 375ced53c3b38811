package dev.quern.onnx.proto;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// The files beside a model that hold tensors too large for it. A model file is untrusted: a location must be relative,
/// without `..`, and lead to a regular file that really (links followed) lies below the model's folder.
///
/// Each file is mapped once, whole, however large; the mapping ends when nothing refers to it. Safe for concurrent use.
public final class ExternalData {
    private final @Nullable Path folder;
    private final String origin;
    private final boolean leavesData;
    private final Map<String, MemorySegment> files = new ConcurrentHashMap<>();
    private final List<FileStamp> stamps = new CopyOnWriteArrayList<>();

    private ExternalData(@Nullable Path folder, String origin, boolean leavesData) {
        this.folder = folder;
        this.origin = origin;
        this.leavesData = leavesData;
    }

    /// The files beside a model file.
    public static ExternalData beside(Path model) {
        return new ExternalData(model.toAbsolutePath().getParent(), model.toString(), false);
    }

    /// No files: for a model that was not read from a folder. A tensor that wants one is refused.
    ///
    /// @param origin what to call the model in errors
    public static ExternalData none(String origin) {
        return new ExternalData(null, origin, false);
    }

    /// The same files; large tensors, also of the model itself, are left there until they are asked for.
    public ExternalData leavingData() {
        return new ExternalData(folder, origin, true);
    }

    /// Whether large tensors are left where they are until they are asked for.
    public boolean leavesData() {
        return leavesData;
    }

    /// Has [#changed] look at the model's own file too; to be called before it is mapped.
    public void watch(Path file) throws IOException {
        stamps.add(FileStamp.of(file));
    }

    /// A file that was written over since it was mapped, if there is one: its mapping is worth nothing.
    public Optional<Path> changed() {
        return stamps.stream().filter(FileStamp::isOverwritten).findFirst().map(FileStamp::file);
    }

    /// The bytes of a tensor whose data is external.
    ///
    /// @param label the tensor, for errors
    /// @param byteSize the bytes that its type and dims need
    /// @throws MalformedProtoException if they are not there or not allowed
    MemorySegment find(String label, TensorData data, long byteSize) {
        String location = entry(data, "location");
        if (location == null) {
            throw new MalformedProtoException(origin + ": " + label + ": external data without a location");
        }
        MemorySegment file = files.computeIfAbsent(location, this::map);
        long offset = number(data, location, "offset", 0);
        long length = number(data, location, "length", byteSize);
        if (length != byteSize) {
            throw new MalformedProtoException(origin + ": " + label + " needs " + byteSize + " bytes, external data \""
                    + location + "\" announces " + length);
        }
        if (offset > file.byteSize() || length > file.byteSize() - offset) {
            throw new MalformedProtoException(origin + ": " + label + ": bytes " + offset + " to " + offset + "+"
                    + length + " are outside external data \"" + location + "\" of " + file.byteSize() + " bytes");
        }
        return file.asSlice(offset, length);
    }

    private MemorySegment map(String location) {
        Path file = resolve(location);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            watch(file);
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        } catch (IOException unreadable) {
            throw new MalformedProtoException(
                    origin + ": external data \"" + location + "\" cannot be read: " + unreadable.getMessage(),
                    unreadable);
        }
    }

    /// The real path of a location.
    private Path resolve(String location) {
        if (folder == null) {
            throw new MalformedProtoException(origin + ": external data \"" + location
                    + "\" has no folder to be found in; load the model from its file");
        }
        try {
            Path relative = Path.of(location);
            if (relative.isAbsolute() || relative.getRoot() != null || hasParent(relative)) {
                throw outside(location, folder);
            }
            Path real = folder.resolve(relative).toRealPath();
            if (!real.startsWith(folder.toRealPath())) {
                throw outside(location, folder);
            }
            if (!Files.isRegularFile(real)) {
                throw new MalformedProtoException(origin + ": external data \"" + location + "\" is not a file");
            }
            return real;
        } catch (InvalidPathException | IOException missing) {
            throw new MalformedProtoException(
                    origin + ": external data \"" + location + "\" is not in the model's folder " + folder, missing);
        }
    }

    private MalformedProtoException outside(String location, Path folder) {
        return new MalformedProtoException(
                origin + ": external data \"" + location + "\" points outside the model's folder " + folder);
    }

    private static boolean hasParent(Path relative) {
        for (Path name : relative) {
            if (name.toString().equals("..")) {
                return true;
            }
        }
        return false;
    }

    private long number(TensorData data, String location, String key, long absent) {
        String text = entry(data, key);
        if (text == null) {
            return absent;
        }
        try {
            long value = Long.parseLong(text.strip());
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // told below, as for negative ones
        }
        throw new MalformedProtoException(
                origin + ": external data \"" + location + "\": " + key + " \"" + text + "\" is not a byte count");
    }

    private static @Nullable String entry(TensorData data, String key) {
        for (StringStringEntryProto entry : data.externalData()) {
            if (entry.key().equals(key)) {
                return entry.value();
            }
        }
        return null;
    }
}
