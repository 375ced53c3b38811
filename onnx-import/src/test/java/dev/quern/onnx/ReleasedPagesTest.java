package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Products;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Weights that were copied out of a file do not stay in memory as pages of that file too.
@EnabledOnOs(OS.LINUX)
final class ReleasedPagesTest {
    private static final int SIZE = 1200;
    private static final long WEIGHTS_KB = 4L * SIZE * SIZE / 1024;

    @TempDir
    Path folder;

    @Test
    void loadedWeightsAreInMemoryOnce() throws IOException {
        Path file = folder.resolve("product.onnx");
        GraphBuilder g = new GraphBuilder("product");
        Value x = g.input("x", Type.tensor(DType.F32, 1, SIZE));
        g.output(
                "y",
                g.apply(new Products.MatMul(), x, g.parameter("w", Tensor.of(new float[SIZE * SIZE], SIZE, SIZE))));
        OnnxFormat format = new OnnxFormat();
        format.save(g.build(), ModelInfo.none(), Optional.empty(), file, SaveOptions.defaults());

        ModelFormat.Loaded loaded = format.load(file);

        assertThat(residentKilobytes(file)).hasSize(1).allMatch(kb -> kb < WEIGHTS_KB / 4);
        assertThat(loaded.graph().nodes()).hasSize(1);
    }

    /// How much of each mapping of a file is in memory.
    private static List<Long> residentKilobytes(Path file) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        return IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).endsWith(file.getFileName().toString()))
                .mapToObj(i -> lines.subList(i, lines.size()).stream()
                        .filter(line -> line.startsWith("Rss:"))
                        .findFirst()
                        .orElseThrow())
                .map(line -> Long.valueOf(line.replaceAll("\\D", "")))
                .toList();
    }
}
