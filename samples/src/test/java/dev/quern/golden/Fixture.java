package dev.quern.golden;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.onnx.OnnxData;
import dev.quern.tensor.Datum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A model of `fixtures/models` with the inputs of its data sets.
record Fixture(String name) {
    private static final Path MODELS = Path.of("..", "fixtures", "models");

    static List<Fixture> all() throws IOException {
        try (Stream<Path> folders = Files.list(MODELS)) {
            return folders.map(f -> new Fixture(f.getFileName().toString()))
                    .sorted(java.util.Comparator.comparing(Fixture::name))
                    .toList();
        }
    }

    Path file() {
        return MODELS.resolve(name).resolve("model.onnx");
    }

    Map<String, Datum> inputs(Graph graph, int set) {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (int i = 0; i < graph.inputs().size(); i++) {
            Value v = graph.inputs().get(i);
            Path data = MODELS.resolve(name).resolve("test_data_set_" + set).resolve("input_" + i + ".pb");
            inputs.put(v.name(), OnnxData.read(data, v.type()));
        }
        return inputs;
    }

    @Override
    public String toString() {
        return name;
    }
}
