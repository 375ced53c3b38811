package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.convert.Conversion;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Models that declare no shapes load, and give the same: what asks for a rank is read when it is bound.
final class UnrankedCasesTest {
    /// What needs ranks to be said otherwise: forms that no opset that is written has, and attention with caches.
    private static final Set<String> REFUSED = Set.of(
            "add-6-axis",
            "attention-causal-past",
            "attention-sizes-bias",
            "batchnorm-7-training",
            "convtranspose-8-whole-shape",
            "giventensorfill-1-like",
            "greater-6-axis",
            "group-query-attention-bias",
            "group-query-attention-prompt",
            "group-query-attention-window",
            "groupnorm-18",
            "mul-6-negative-axis",
            "prelu-6",
            "resize-10",
            "rotaryembedding-23-wide-tables",
            "tile-1",
            "upsample-9");

    @TempDir
    Path folder;

    static Stream<Path> cases() throws IOException {
        List<Path> all = new ArrayList<>();
        for (String kind : List.of("cases", "operators")) {
            try (Stream<Path> folders = Files.list(Path.of("..", "fixtures", kind))) {
                folders.sorted().forEach(all::add);
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void givesTheSame(Path recorded) throws IOException {
        Path given = recorded.resolve("model.onnx");
        Path file = folder.resolve("model.onnx");
        ModelProto model = OnnxReader.readModel(given);
        OnnxWriter.write(model.withGraph(withoutShapes(model.graph())), file);
        DataSet set = DataSet.beside(given).getFirst();
        try (Model before = Model.load(given);
                Model after = Model.load(file)) {
            Tolerance tolerance = Tolerance.VERIFY;
            assertThat(new Verification(after, tolerance).run(set))
                    .isEqualTo(new Verification(before, tolerance).run(set));
        }
    }

    /// Where ranks decide what is written, the node is written as it was read, at an opset that has its form.
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void givesTheSameWhenItIsWrittenAnew(Path recorded) throws IOException {
        Path given = recorded.resolve("model.onnx");
        Path file = folder.resolve("model.onnx");
        ModelProto model = OnnxReader.readModel(given);
        OnnxWriter.write(model.withGraph(withoutShapes(model.graph())), file);
        Path written = folder.resolve("written.onnx");
        try {
            Conversion.of(file).write(written);
        } catch (ModelException refused) {
            assertThat(REFUSED)
                    .as(String.valueOf(refused.getMessage()))
                    .contains(recorded.getFileName().toString());
            return;
        }
        DataSet set = DataSet.beside(given).getFirst();
        try (Model before = Model.load(given);
                Model after = Model.load(written)) {
            assertThat(new Verification(after, Tolerance.VERIFY).run(set))
                    .isEqualTo(new Verification(before, Tolerance.VERIFY).run(set));
        }
    }

    private static GraphProto withoutShapes(GraphProto graph) {
        return graph.withInputs(withoutShapes(graph.inputs()))
                .withOutputs(withoutShapes(graph.outputs()))
                .withValueInfo(List.of());
    }

    private static List<ValueInfoProto> withoutShapes(List<ValueInfoProto> values) {
        return values.stream()
                .map(v -> v.type() != null && v.type().kind() instanceof TypeProto.Tensor t
                        ? v.withType(TypeProto.of(new TypeProto.Tensor(t.elemType(), null, t.extras())))
                        : v)
                .toList();
    }
}
