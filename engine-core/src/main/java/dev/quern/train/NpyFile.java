package dev.quern.train;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// NumPy's file of one array (format 1.0 to 3.0): floats of 16, 32 and 64 bits, integers of 8 to 64, booleans, complex
/// numbers, text (NumPy's `U`, and `S` where its bytes are UTF-8); row-major, either byte order.
public final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LARGEST_HEADER = 1 << 20;
    private static final int ALIGNMENT = 64;

    private NpyFile() {}

    /// @throws DataException where the file is missing, damaged, or holds what is not supported
    public static Tensor read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return read(in, file.toString());
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// @param name what messages call the source
    static Tensor read(InputStream in, String name) throws IOException {
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            throw new DataException(name + ": is no .npy file");
        }
        byte[] version = exactly(in, 2, name);
        int wide = version[0] == 1 ? 2 : 4;
        ByteBuffer size = ByteBuffer.wrap(exactly(in, wide, name)).order(ByteOrder.LITTLE_ENDIAN);
        long headerLength = wide == 2 ? Short.toUnsignedLong(size.getShort()) : Integer.toUnsignedLong(size.getInt());
        if (version[0] < 1 || version[0] > 3 || headerLength > LARGEST_HEADER) {
            throw new DataException(name + ": is of an unknown .npy version or damaged");
        }
        String header = new String(exactly(in, (int) headerLength, name), StandardCharsets.UTF_8);
        NpyHeader parsed = NpyHeader.parse(header, name);
        try {
            return elements(in, parsed, name);
        } catch (ShapeException e) {
            throw new DataException(name + ": " + e.getMessage(), e);
        }
    }

    private static Tensor elements(InputStream in, NpyHeader header, String name) throws IOException {
        DType dtype = header.dtype();
        long bytes = Math.multiplyExact((long) Shape.elements(header.extents()), header.width());
        if (bytes > Integer.MAX_VALUE - 16) {
            throw new DataException(name + ": an array of " + bytes + " bytes is too large; the limit is 2 GB");
        }
        byte[] read = exactly(in, (int) bytes, name);
        if (header.encoding().isPresent()) {
            return NpyText.read(read, header.width(), header.encoding().get(), header.extents());
        }
        MemorySegment data = MemorySegment.ofArray(read);
        DType stored = dtype.isComplex() ? dtype.partType() : dtype;
        if (header.order() == ByteOrder.BIG_ENDIAN) {
            swap(data, stored.bytes());
        }
        return dtype.isComplex()
                ? Tensor.ofPairs(Tensor.of(data, stored, bytes / stored.bytes()), header.extents())
                : Tensor.of(data, dtype, header.extents());
    }

    private static void swap(MemorySegment data, int width) {
        for (long at = 0; at < data.byteSize(); at += width) {
            for (int i = 0; i < width / 2; i++) {
                byte first = data.get(ValueLayout.JAVA_BYTE, at + i);
                data.set(ValueLayout.JAVA_BYTE, at + i, data.get(ValueLayout.JAVA_BYTE, at + width - 1 - i));
                data.set(ValueLayout.JAVA_BYTE, at + width - 1 - i, first);
            }
        }
    }

    private static byte[] exactly(InputStream in, int bytes, String name) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            throw new DataException(name + ": ends too early: " + bytes + " bytes expected, " + read.length + " left");
        }
        return read;
    }

    /// Writes a tensor, little-endian.
    ///
    /// @throws DataException for bf16 and others that NumPy's format has no name for, and where writing fails
    public static void write(Path file, Tensor tensor) {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            write(out, tensor);
        } catch (IOException e) {
            throw new DataException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    static void write(OutputStream out, Tensor tensor) throws IOException {
        String shape = Arrays.stream(tensor.shape().extents())
                .mapToObj(d -> d + ",")
                .collect(Collectors.joining(" ", "(", ")"));
        NpyHeader described = NpyHeader.of(tensor);
        String text = "{'descr': '" + described.describe() + "', 'fortran_order': False, 'shape': " + shape + ", }";
        int before = MAGIC.length + 2 + 2;
        int padding = ALIGNMENT - 1 - (before + text.length()) % ALIGNMENT;
        String header = text + " ".repeat(padding) + "\n";
        out.write(MAGIC);
        out.write(new byte[] {1, 0, (byte) header.length(), (byte) (header.length() >> 8)});
        out.write(header.getBytes(StandardCharsets.ISO_8859_1));
        if (described.encoding().isPresent()) {
            out.write(NpyText.written(
                    tensor, described.width(), described.encoding().get()));
            return;
        }
        byte[] data = new byte[Math.multiplyExact(tensor.length(), described.width())];
        Tensor stored = tensor.dtype().isComplex() ? tensor.toPairs() : tensor;
        stored.copyTo(MemorySegment.ofArray(data));
        out.write(data);
    }
}
