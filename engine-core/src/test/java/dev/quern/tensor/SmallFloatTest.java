package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Floats of 8, 6 and 4 bits against recorded conversions of ml_dtypes (`tools/fixtures/make_small_floats.py`).
class SmallFloatTest {
    private static final Path FOLDER = Path.of("..", "fixtures", "small-floats");

    private record Table(List<String[]> rows, int column) {
        static Table read(String file, DType type) throws IOException {
            List<String[]> lines = Files.readAllLines(FOLDER.resolve(file)).stream()
                    .map(line -> line.split(",", -1))
                    .toList();
            return new Table(
                    lines.subList(1, lines.size()), List.of(lines.getFirst()).indexOf(type.toString()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F8E4M3FN", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ", "F8E8M0", "F6E2M3", "F6E3M2", "F4E2M1"})
    void everyCode(DType type) throws IOException {
        Table table = Table.read("values.csv", type);
        Elements e = Elements.zeros(type, 1);
        for (int code = 0; code < 1 << type.bits(); code++) {
            float expected = number(table.rows().get(code)[table.column()]);
            ((byte[]) e.array())[0] = (byte) code;
            assertThat((float) e.getDouble(0)).as("code %x", code).isEqualTo(Float.valueOf(expected));
            if (!Float.isNaN(expected)) {
                assertThat(Conversion.toBits(type, expected)).as("%s", expected).isEqualTo(code);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F8E4M3FN", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ", "F8E8M0", "F6E2M3", "F6E3M2", "F4E2M1"})
    void roundsToNearest(DType type) throws IOException {
        Table table = Table.read("rounded.csv", type);
        assertThat(table.rows()).hasSizeGreaterThan(4000);
        for (String[] row : table.rows()) {
            float x = number(row[0]);
            if (row[table.column()].isEmpty()) {
                continue;
            }
            assertThat(Conversion.toBits(type, x)).as("%s", x).isEqualTo(HexFormat.fromHexDigits(row[table.column()]));
        }
    }

    /// A double a hair off the middle between two numbers, which rounding to float first would put into the middle.
    @ParameterizedTest
    @EnumSource(names = {"F8E4M3FN", "F8E5M2", "F8E8M0", "F4E2M1"})
    void roundsOnce(DType type) {
        for (int code = 0; code < 6; code++) {
            double low = Conversion.ofBits(type, code);
            double high = Conversion.ofBits(type, code + 1);
            assertThat(Conversion.round(type, Math.nextUp((low + high) / 2))).isEqualTo(high);
            assertThat(Conversion.round(type, Math.nextDown((low + high) / 2))).isEqualTo(low);
        }
    }

    @Test
    void whatIsMovedKeepsItsSign() {
        assertThat(Conversion.toBits(DType.F8E4M3FN, Conversion.ofBits(DType.F8E4M3FN, 0xFF)))
                .isEqualTo(0xFF);
        assertThat(Conversion.toBits(DType.F8E5M2, Conversion.ofBits(DType.F8E5M2, 0xFE)))
                .isEqualTo(0xFE);
        assertThat(Conversion.toBits(DType.F8E5M2, Conversion.ofBits(DType.F8E5M2, 0xFC)))
                .isEqualTo(0xFC);
        assertThat(Conversion.toBits(DType.F4E2M1, Double.NaN)).isZero();
    }

    @Test
    void highest() {
        assertThat(Conversion.highest(DType.F8E4M3FN)).isEqualTo(448);
        assertThat(Conversion.highest(DType.F8E4M3FNUZ)).isEqualTo(240);
        assertThat(Conversion.highest(DType.F8E5M2)).isEqualTo(57344);
        assertThat(Conversion.highest(DType.F8E5M2FNUZ)).isEqualTo(57344);
        assertThat(Conversion.highest(DType.F6E2M3)).isEqualTo(7.5);
        assertThat(Conversion.highest(DType.F6E3M2)).isEqualTo(28);
        assertThat(Conversion.highest(DType.F4E2M1)).isEqualTo(6);
    }

    @Test
    void zerosOfPowersOfTwoAreTheLowest() {
        assertThat(Tensor.zeros(DType.F8E8M0, 1).getDouble(0)).isEqualTo(0x1p-127);
    }

    private static float number(String hex) {
        return Float.intBitsToFloat(HexFormat.fromHexDigits(hex));
    }
}
