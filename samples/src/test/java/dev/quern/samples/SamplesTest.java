package dev.quern.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each sample does what it says.
final class SamplesTest {
    private static final Path ROOT = Path.of("..");
    private static final String FIXTURES = ROOT.resolve("fixtures").toString();

    @Test
    void scoresDigits() {
        String text = printed(ScoreDigits::main, FIXTURES);
        Matcher m = Pattern.compile("(\\d+) of 360 digits recognised").matcher(text);
        assertThat(m.find()).as(text).isTrue();
        assertThat(Integer.parseInt(m.group(1))).isGreaterThanOrEqualTo(350);
    }

    @Test
    void scoresIrisWithStringLabels() {
        assertThat(printed(ScoreIris::main, FIXTURES)).contains("setosa {").contains("virginica {");
    }

    @Test
    void fineTunesAndExports(@TempDir Path folder) {
        Path out = folder.resolve("loops.onnx");
        String text = printed(FineTuneDigits::main, FIXTURES, out.toString());
        Matcher m = Pattern.compile("accuracy (0[.,]\\d+|1[.,]0+)").matcher(text);
        assertThat(m.find()).as(text).isTrue();
        assertThat(Double.parseDouble(m.group(1).replace(',', '.'))).isGreaterThan(0.9);
        try (Model exported = Model.load(out)) {
            assertThat(exported.graph().outputs().getFirst().shape().dim(1).extent())
                    .isEqualTo(3);
        }
    }

    @Test
    void definesOperators() {
        assertThat(printed(DefineOperators::main)).contains("f32[1,4]").contains("SquaredRelu");
    }

    @Test
    void writesThem(@TempDir Path folder) {
        Path file = folder.resolve("mine.onnx");
        DefineOperators.save(file);
        try (Model read = Model.load(file)) {
            assertThat(read.run(Tensor.of(new float[] {1, 1, 1, 5}, 1, 4)).getFloat(3))
                    .isCloseTo(3, within(1e-5f));
        }
    }

    @Test
    void convertsAndSaysWhatItCosts(@TempDir Path folder) throws Exception {
        Path out = folder.resolve("half.onnx");
        String text = printed(ConvertModel::main, FIXTURES, out.toString());
        Matcher m = Pattern.compile("off by (\\S+) of its scale, (\\S+) % of labels")
                .matcher(text);
        assertThat(m.find()).as(text).isTrue();
        assertThat(Double.parseDouble(m.group(1))).isBetween(1e-6, 1e-2);
        assertThat(Double.parseDouble(m.group(2))).isGreaterThan(99);
        try (Model half = Model.load(out)) {
            assertThat(half.inputs().getFirst().name()).isEqualTo("image");
        }
        String guide = Files.readString(ROOT.resolve("docs/converting.md"));
        String sample = Files.readString(Path.of("src/main/java/dev/quern/samples/ConvertModel.java"));
        Matcher block =
                Pattern.compile("// convert\\R(.*?)// end", Pattern.DOTALL).matcher(sample);
        assertThat(block.find()).isTrue();
        assertThat(guide).contains(block.group(1).stripIndent().strip());
    }

    /// The guide shows the code that is compiled here, and a row that the operator table has.
    @Test
    void guideShowsCompiledCode() throws Exception {
        String guide = Files.readString(ROOT.resolve("docs/adding-an-operator.md"));
        String sample = Files.readString(Path.of("src/main/java/dev/quern/samples/DefineOperators.java"));
        Matcher block =
                Pattern.compile("// [a-z-]+\\R(.*?)// end", Pattern.DOTALL).matcher(sample);
        List<String> shown = new ArrayList<>();
        while (block.find()) {
            shown.add(block.group(1).stripIndent().strip());
        }
        assertThat(shown).hasSize(4);
        assertThat(shown).allSatisfy(code -> assertThat(guide).contains(code));
        String rows = Files.readString(ROOT.resolve("onnx-import/src/main/java/dev/quern/onnx/ElementwiseRows.java"));
        assertThat(guide).contains("row(\"Mish\", 18, Activations.MISH)");
        assertThat(rows).contains("row(\"Mish\", 18, Activations.MISH)");
    }

    private static String printed(Consumer<String[]> main, String... args) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            main.accept(args);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
