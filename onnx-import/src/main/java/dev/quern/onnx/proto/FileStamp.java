package dev.quern.onnx.proto;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a file looked like when it was mapped. Another file that was moved into its place does no harm: what is mapped
/// is still the old one.
///
/// @param key tells files apart, where the system has such
record FileStamp(Path file, @Nullable Object key, FileTime modified, long size) {

    static FileStamp of(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileStamp(file, found.fileKey(), found.lastModifiedTime(), found.size());
    }

    /// Whether the very file has been written to since.
    boolean isOverwritten() {
        try {
            FileStamp now = of(file);
            return Objects.equals(key, now.key) && !(modified.equals(now.modified) && size == now.size);
        } catch (IOException gone) {
            return false;
        }
    }
}
