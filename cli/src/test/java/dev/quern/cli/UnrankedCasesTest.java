package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Models that declare no shapes load, and give the same: what asks for a rank is read when it is bound.
final class UnrankedCasesTest {
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
