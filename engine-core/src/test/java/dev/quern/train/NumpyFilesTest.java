package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NumpyFilesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            mode = EnumSource.Mode.MATCH_ANY,
            names = {"F(16|32|64)", "[IU](8|16|32|64)", "BOOL"})
    void keepEveryElementType(DType dtype) {
        Tensor t = Tensor.zeros(dtype, 2, 3);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, i % 2 == 0 ? i * 0.5 : 7.0 * i);
        }
        Path file = folder.resolve("x.npy");
        NpyFile.write(file, t);
        assertThat(NpyFile.read(file).sameAs(t)).isTrue();
    }

    @Test
    void keepScalarsVectorsAndNothing() {
        for (Tensor t : List.of(
                Tensor.scalar(DType.F64, 1.5), Tensor.of(new long[] {3, 4}, 2), Tensor.zeros(DType.F32, 0, 4))) {
            Path file = folder.resolve("x.npy");
            NpyFile.write(file, t);
            assertThat(NpyFile.read(file).sameAs(t)).isTrue();
        }
    }

    @Test
    void readsWhatNumPyWrites() throws IOException {
        // numpy.save of numpy.array([[1, 2]], dtype='>i2')
        byte[] header =
                "{'descr': '>i2', 'fortran_order': False, 'shape': (1, 2), }".getBytes(StandardCharsets.US_ASCII);
        Path file = folder.resolve("big.npy");
        Files.write(file, npy(header, 0, 1, 0, 2));
        assertThat(NpyFile.read(file).sameAs(Tensor.wrap(DType.I16, new short[] {1, 2}, 1, 2)))
                .isTrue();
    }

    @Test
    void complexNumbers() throws IOException {
        // numpy.save of numpy.array([2 - 1j], dtype='>c8')
        byte[] header = "{'descr': '>c8', 'fortran_order': False, 'shape': (1,), }".getBytes(StandardCharsets.US_ASCII);
        Path file = folder.resolve("complex.npy");
        Files.write(file, npy(header, 0x40, 0, 0, 0, 0xBF, 0x80, 0, 0));
        Tensor narrow = Tensor.ofPairs(Tensor.of(new float[] {2, -1}, 2), 1);
        assertThat(NpyFile.read(file).sameAs(narrow)).isTrue();
        Tensor wide = Tensor.ofPairs(Tensor.of(new double[] {0.1, -1, 5, 1e-300}, 4), 2, 1);
        for (Tensor t : List.of(narrow, wide)) {
            NpyFile.write(file, t);
            assertThat(NpyFile.read(file).sameAs(t)).isTrue();
        }
    }

    @Test
    void text() throws IOException {
        // numpy.save of numpy.array(['é', '𝄞b'], dtype='>U2') and of numpy.array([b'ab', b'']): zeros fill up
        byte[] wide = "{'descr': '>U2', 'fortran_order': False, 'shape': (2,), }".getBytes(StandardCharsets.US_ASCII);
        Path file = folder.resolve("text.npy");
        Files.write(file, npy(wide, 0, 0, 0, 0xE9, 0, 0, 0, 0, 0, 1, 0xD1, 0x1E, 0, 0, 0, 'b'));
        assertThat(NpyFile.read(file).toStrings()).containsExactly("é", "𝄞b");
        byte[] bytes = "{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }".getBytes(StandardCharsets.US_ASCII);
        Files.write(file, npy(bytes, 'a', 'b', 0, 0));
        assertThat(NpyFile.read(file).toStrings()).containsExactly("ab", "");
        Tensor texts = Tensor.of(new String[] {"𝄞𝄞", "", "a", "b c"}, 2, 2);
        NpyFile.write(file, texts);
        assertThat(NpyFile.read(file).sameAs(texts)).isTrue();
        Files.write(file, npy(wide, 0, 0, 0, 0xE9));
        assertThatThrownBy(() -> NpyFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("16 bytes expected");
    }

    private static byte[] npy(byte[] header, int... data) {
        byte[] file = new byte[10 + header.length + data.length];
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length, 0};
        System.arraycopy(start, 0, file, 0, start.length);
        System.arraycopy(header, 0, file, start.length, header.length);
        for (int i = 0; i < data.length; i++) {
            file[start.length + header.length + i] = (byte) data[i];
        }
        return file;
    }

    @Test
    void refuseWhatTheyCannotRead() throws IOException {
        refuse("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", "column-major");
        refuse("{'descr': '<m8', 'fortran_order': False, 'shape': (1,), }", "\"<m8\" are not supported");
        refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", "ends too early");
        refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "");
        refuse("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured");
        Path other = folder.resolve("other.npy");
        Files.writeString(other, "PK no such thing");
        assertThatThrownBy(() -> NpyFile.read(other))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no .npy");
        assertThatThrownBy(() -> NpyFile.read(folder.resolve("none.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.npy");
    }

    private void refuse(String header, String why) throws IOException {
        Path file = folder.resolve("bad.npy");
        Files.write(file, npy(header.getBytes(StandardCharsets.US_ASCII), 0, 0, 0, 0));
        assertThatThrownBy(() -> NpyFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(why);
    }

    @Test
    void archivesKeepNamesAndOrder() throws IOException {
        Map<String, Tensor> arrays = new LinkedHashMap<>();
        arrays.put("z", Tensor.of(new float[] {1, 2}, 2));
        arrays.put("a", Tensor.of(new long[] {7}, 1));
        Path file = folder.resolve("x.npz");
        NpzFile.write(file, arrays);
        byte[] first = Files.readAllBytes(file);
        NpzFile.write(file, arrays);
        assertThat(Files.readAllBytes(file)).isEqualTo(first);
        Map<String, Tensor> read = NpzFile.read(file);
        assertThat(read.keySet()).containsExactly("z", "a");
        assertThat(NpzFile.read(file, List.of("a")).get("a").toLongs()).containsExactly(7);
        assertThatThrownBy(() -> NpzFile.read(file, List.of("b")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no array \"b\"");
    }

    @Test
    void archivesMayBeStored() throws IOException {
        Path plain = folder.resolve("x.npy");
        NpyFile.write(plain, Tensor.of(new float[] {4, 5, 6}, 3));
        byte[] bytes = Files.readAllBytes(plain);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        Path file = folder.resolve("stored.npz");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            ZipEntry e = new ZipEntry("x.npy");
            e.setMethod(ZipEntry.STORED);
            e.setSize(bytes.length);
            e.setCrc(crc.getValue());
            zip.putNextEntry(e);
            zip.write(bytes);
            zip.closeEntry();
        }
        assertThat(NpzFile.read(file).get("x").toFloats()).containsExactly(4, 5, 6);
    }

    @Test
    void damagedArchivesAreRefused() throws IOException {
        Path file = folder.resolve("x.npz");
        NpzFile.write(file, Map.of("x", Tensor.zeros(DType.F32, 100)));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> NpzFile.read(file)).isInstanceOf(DataException.class);
        assertThatThrownBy(() -> NpzFile.read(folder.resolve("none.npz")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there is no file");
    }
}
