package dev.quern.cli;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.onnx.OnnxData;
import dev.quern.session.ModelException;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A folder of ONNX test data: `input_N.pb` for each input, `output_N.pb` for each output of a model.
record DataSet(Path folder) {

    /// The folders `test_data_set_*` beside a model, by name.
    static List<DataSet> beside(Path model) throws IOException {
        Path folder = model.toAbsolutePath().getParent();
        if (folder == null) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(p -> p.getFileName().toString().startsWith("test_data_set_"))
                    .sorted()
                    .map(DataSet::new)
                    .toList();
        }
    }

    Map<String, Datum> inputs(Graph graph) {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (int i = 0; i < graph.inputs().size(); i++) {
            Value v = graph.inputs().get(i);
            Path file = folder.resolve("input_" + i + ".pb");
            if (Files.exists(file)) {
                inputs.put(v.name(), OnnxData.read(file, v.type()));
            }
        }
        return inputs;
    }

    /// What is expected, in the order of the model's outputs.
    ///
    /// @param actual the outputs that the model gave, whose kinds tell how to read the files
    List<Datum> outputs(List<Datum> actual) {
        List<Datum> outputs = new ArrayList<>();
        for (int i = 0; i < actual.size(); i++) {
            Path file = folder.resolve("output_" + i + ".pb");
            if (!Files.exists(file)) {
                throw new ModelException(folder + " has no output_" + i + ".pb");
            }
            Type type = actual.get(i).type();
            outputs.add(OnnxData.read(file, type));
        }
        return outputs;
    }
}
