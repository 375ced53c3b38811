package dev.quern.train;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/// Everything that a training needs to go on as if it had never stopped. What is random follows from the seed, the
/// epoch and the step.
///
/// The file: magic, version, step, epoch, batch, course, number of variables; then of each its name, type, extents and
/// elements (little-endian); last the CRC-32C of all that. Numbers are big-endian.
///
/// @param step steps done
/// @param epoch the epoch of the next step, from 1
/// @param batch batches of that epoch that are done
/// @param course what must be the same in the training that goes on: order of data and seed
/// @param variables parameters and optimizer state by name
record Checkpoint(long step, int epoch, int batch, String course, Map<String, Tensor> variables) {
    private static final long MAGIC = 0x5155_4552_4E43_4B50L;
    private static final int VERSION = 1;
    private static final int LONGEST_TEXT = 1 << 16;
    private static final int MOST_AXES = 64;

    void write(OutputStream out) throws IOException {
        CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
        DataOutputStream data = new DataOutputStream(checked);
        data.writeLong(MAGIC);
        data.writeInt(VERSION);
        data.writeLong(step);
        data.writeInt(epoch);
        data.writeInt(batch);
        writeText(data, course);
        data.writeInt(variables.size());
        for (Map.Entry<String, Tensor> v : variables.entrySet()) {
            Tensor t = v.getValue();
            writeText(data, v.getKey());
            writeText(data, t.dtype().name());
            data.writeInt(t.rank());
            for (long extent : t.shape().extents()) {
                data.writeLong(extent);
            }
            byte[] elements = new byte[Math.multiplyExact(t.length(), t.dtype().bytes())];
            t.copyTo(MemorySegment.ofArray(elements));
            data.write(elements);
        }
        data.flush();
        data.writeLong(checked.getChecksum().getValue());
        data.flush();
    }

    private static void writeText(DataOutputStream data, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.writeInt(bytes.length);
        data.write(bytes);
    }

    /// @throws CheckpointException where the file is damaged or of another version
    static Checkpoint read(Path file) {
        try (CheckedInputStream in =
                new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), new CRC32C())) {
            DataInputStream data = new DataInputStream(in);
            if (data.readLong() != MAGIC) {
                throw new CheckpointException(file + " is no checkpoint");
            }
            int version = data.readInt();
            if (version != VERSION) {
                throw new CheckpointException(
                        "checkpoint " + file + " is of version " + version + "; this library reads version " + VERSION);
            }
            Checkpoint checkpoint = content(data);
            long computed = in.getChecksum().getValue();
            if (data.readLong() != computed) {
                throw new IOException("the checksum does not fit");
            }
            return checkpoint;
        } catch (EOFException e) {
            throw new CheckpointException("checkpoint " + file + " is damaged: it ends too early", e);
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException("checkpoint " + file + " is damaged: " + e.getMessage(), e);
        }
    }

    private static Checkpoint content(DataInputStream data) throws IOException {
        long step = data.readLong();
        int epoch = data.readInt();
        int batch = data.readInt();
        String course = readText(data);
        int count = data.readInt();
        Map<String, Tensor> variables = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String name = readText(data);
            DType dtype = DType.valueOf(readText(data));
            int rank = data.readInt();
            if (rank < 0 || rank > MOST_AXES) {
                throw new IOException("a tensor of " + rank + " axes");
            }
            long[] extents = new long[rank];
            for (int axis = 0; axis < extents.length; axis++) {
                extents[axis] = data.readLong();
            }
            byte[] elements = data.readNBytes(Math.multiplyExact(Shape.elements(extents), dtype.bytes()));
            variables.put(name, Tensor.of(MemorySegment.ofArray(elements), dtype, extents));
        }
        return new Checkpoint(step, epoch, batch, course, variables);
    }

    private static String readText(DataInputStream data) throws IOException {
        int length = data.readInt();
        if (length < 0 || length > LONGEST_TEXT) {
            throw new IOException("a text of " + length + " bytes");
        }
        return new String(data.readNBytes(length), StandardCharsets.UTF_8);
    }
}
