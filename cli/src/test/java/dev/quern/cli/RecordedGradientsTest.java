package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.gradient.Gradient;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import dev.quern.train.NpzFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Results and gradients of single operators in float64 beside those that PyTorch recorded, on every backend.
final class RecordedGradientsTest {
    private static final double TOLERANCE = 1e-9;
    private static final Path CASES = Path.of("..", "fixtures", "gradients");

    static Stream<Arguments> onEveryBackend() throws IOException {
        return EveryBackend.with(cases(), Arguments::of);
    }

    private static List<String> cases() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".onnx"))
                    .map(f -> f.substring(0, f.length() - ".onnx".length()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void allCasesAreThere() throws IOException {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(40);
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("onEveryBackend")
    void agreesWithPyTorch(String backend, String name) {
        Graph forward = Model.read(CASES.resolve(name + ".onnx")).graph();
        Map<String, Tensor> recorded = NpzFile.read(CASES.resolve(name + ".npz"));
        GraphBuilder g = new GraphBuilder(name);
        List<Value> in =
                forward.inputs().stream().map(v -> g.input(v.name(), v.type())).toList();
        Value result = g.inline(forward, in).getFirst();
        Value cotangent = g.input("cotangent", result.type());
        List<Integer> wanted = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            if (recorded.containsKey("gradient_" + i)) {
                wanted.add(i);
            }
        }
        List<Optional<Value>> gradients = Gradient.pullBack(
                g,
                List.of(result),
                List.of(cotangent),
                wanted.stream().map(in::get).toList(),
                node -> false);
        g.output("output_0", result);
        for (int i = 0; i < wanted.size(); i++) {
            g.output("gradient_" + wanted.get(i), gradients.get(i).orElseThrow());
        }
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (int i = 0; i < in.size(); i++) {
            inputs.put(in.get(i).name(), recorded.get("input_" + i));
        }
        inputs.put("cotangent", recorded.get("cotangent_0"));
        assertThat(wanted).isNotEmpty();
        try (Model model = Model.of(g.build(), ModelOptions.defaults().backend(Backends.prefer(backend)))) {
            model.run(inputs).forEach((key, value) -> check(key, value.asTensor(), recorded.get(key)));
        }
    }

    private static void check(String key, Tensor got, Tensor expected) {
        assertThat(got.type()).as(key).isEqualTo(expected.type());
        double largest = 1;
        for (int i = 0; i < expected.length(); i++) {
            largest = Math.max(largest, Math.abs(expected.getDouble(i)));
        }
        for (int i = 0; i < expected.length(); i++) {
            assertThat(Math.abs(got.getDouble(i) - expected.getDouble(i)))
                    .as("%s[%d]: %s, PyTorch's %s", key, i, got.getDouble(i), expected.getDouble(i))
                    .isLessThanOrEqualTo(TOLERANCE * largest);
        }
    }
}
