package dev.quern.train;

import dev.quern.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// NumPy's file of several named arrays: a zip of .npy files, stored or deflated.
public final class NpzFile {
    private static final String SUFFIX = ".npy";

    private NpzFile() {}

    /// All arrays, in the file's order.
    ///
    /// @throws DataException where the file is missing or damaged
    public static Map<String, Tensor> read(Path file) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            Map<String, Tensor> arrays = new LinkedHashMap<>();
            for (ZipEntry e : zip.stream().toList()) {
                if (e.getName().endsWith(SUFFIX)) {
                    String key = e.getName().substring(0, e.getName().length() - SUFFIX.length());
                    arrays.put(key, array(zip, e, file));
                }
            }
            return arrays;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /// The arrays called so, in the order asked for.
    ///
    /// @throws DataException where one is not there; the message lists those that are
    public static Map<String, Tensor> read(Path file, List<String> keys) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            Map<String, Tensor> arrays = new LinkedHashMap<>();
            for (String key : keys) {
                ZipEntry e = zip.getEntry(key + SUFFIX);
                if (e == null) {
                    List<String> there = zip.stream().map(ZipEntry::getName).toList();
                    throw new DataException(file + ": has no array \"" + key + "\"; it holds " + there);
                }
                arrays.put(key, array(zip, e, file));
            }
            return arrays;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Tensor array(ZipFile zip, ZipEntry entry, Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(zip.getInputStream(entry))) {
            return NpyFile.read(in, file + " \"" + entry.getName() + "\"");
        }
    }

    private static DataException unreadable(Path file, IOException e) {
        boolean missing = e instanceof NoSuchFileException || !Files.exists(file);
        return new DataException(
                missing ? "there is no file " + file : file + ": is no .npz file or damaged: " + e.getMessage(), e);
    }

    /// Writes arrays, deflated; the same arrays give the same bytes.
    ///
    /// @throws DataException where a type has no name in NumPy, or where writing fails
    public static void write(Path file, Map<String, Tensor> arrays) {
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            for (Map.Entry<String, Tensor> a : arrays.entrySet()) {
                ZipEntry e = new ZipEntry(a.getKey() + SUFFIX);
                e.setTime(0);
                zip.putNextEntry(e);
                NpyFile.write(zip, a.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new DataException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
